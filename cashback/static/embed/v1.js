// Vitrina embed, version 1. Puts a cashback storefront into your page: see docs/embed.md.
(() => {
  "use strict";
  const script = document.currentScript;
  const OWN = script ? new URL(script.src).origin : "";
  const SANDBOX = "allow-scripts allow-forms allow-same-origin allow-popups allow-popups-to-escape-sandbox " +
    "allow-top-navigation-by-user-activation allow-downloads";
  const EVENTS = ["ready", "navigate", "activate", "balance", "error"];
  const SILENCE = 15000;

  const look = (theme) => (theme === "light" || theme === "dark" ? theme : "");

  function mount(element, options) {
    const origin = options.src ? new URL(options.src, location.href).origin : OWN;
    let theme = look(options.theme), locale = options.locale || "", port = null, isReady = false, purse;
    const frame = document.createElement("iframe");
    frame.title = options.title || "Cashback";
    frame.setAttribute("sandbox", SANDBOX);
    frame.setAttribute("allow", "clipboard-write");
    frame.referrerPolicy = "origin";
    frame.loading = "eager";
    Object.assign(frame.style, { display: "block", width: "100%", height: "600px", border: "0" });

    function emit(name, detail) {
      element.dispatchEvent(new CustomEvent(name, { detail }));
      if (options.onEvent) options.onEvent(name, detail);
    }

    function fail(code, message) {
      console.error(`Cashback: ${message} (${code})`);
      emit("error", { code, message });
    }

    async function launch(reply, reason) {
      let answer;
      try {
        const given = options.fetchLaunchToken ? await options.fetchLaunchToken({ reason }) : undefined;
        const token = given && typeof given === "object" ? given.launch_token : given;
        answer = token ? { token: String(token) } : { error: given === undefined ? "no_token_source" : "guest" };
      } catch (problem) {
        answer = { error: "token_source_failed" };
        fail(answer.error, `no launch token: ${problem.message || problem}`);
      }
      reply.postMessage({ type: "cb:token", ...answer });
    }

    function arrived(page) {
      if (!isReady) {
        isReady = true;
        emit("ready", { storefront: options.storefront, mode: page.mode });
      } else if (frame.getBoundingClientRect().top < 0) frame.scrollIntoView();
      emit("navigate", { path: page.path, title: page.title });
    }

    function heard(said, reply) {
      if (said.type === "cb:resize" && said.h > 0) {
        frame.style.height = `${Math.min(Math.max(Math.ceil(said.h), 200), 20000)}px`;
      } else if (said.type === "cb:launch") launch(reply, said.reason);
      else if (said.type === "cb:page") arrived(said);
      else if (said.type === "cb:event" && EVENTS.includes(said.name)) {
        if (said.name === "balance" && purse === (purse = JSON.stringify(said.detail))) return;
        emit(said.name, said.detail);
      }
    }

    // Each document in the frame says that it is there, and gets a port of its own: tokens travel on nothing else.
    function greeted(event) {
      if (event.source !== frame.contentWindow || event.origin !== origin) return;
      if (!event.data || event.data.type !== "cb:ready" || event.data.v !== 1) return;
      clearTimeout(silence);
      if (port) port.close();
      const channel = new MessageChannel(), reply = channel.port1;
      port = reply;
      reply.onmessage = (message) => heard(message.data || {}, reply);
      frame.contentWindow.postMessage({ type: "cb:port", v: 1, theme, locale }, origin, [channel.port2]);
    }

    const silence = setTimeout(() => fail("frame_silent",
      `the storefront did not load. Is ${location.origin} one of its embed origins, and does your own ` +
      `Content-Security-Policy allow frame-src ${origin}?`), SILENCE);
    addEventListener("message", greeted);
    frame.src = `${origin}/embed/boot?${new URLSearchParams({ storefront: options.storefront, theme, locale })}`;
    element.appendChild(frame);

    return {
      frame,
      setTheme(value) {
        theme = look(value);
        if (port) port.postMessage({ type: "cb:theme", theme });
      },
      setLocale(value) {
        locale = value || "";
        if (port) port.postMessage({ type: "cb:locale", locale });
      },
      destroy() {
        clearTimeout(silence);
        removeEventListener("message", greeted);
        if (port) port.close();
        frame.remove();
      },
    };
  }

  async function fromUrl(url) {
    const answer = await fetch(url, { credentials: "same-origin", cache: "no-store", headers: { Accept: "application/json" } });
    // Nobody is signed in at your site: the storefront is shown to a guest.
    if (answer.status === 401 || answer.status === 403) return null;
    if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
    return answer.json();
  }

  class CashbackStore extends HTMLElement {
    static get observedAttributes() {
      return ["theme", "locale"];
    }

    connectedCallback() {
      if (!this.style.display) this.style.display = "block";
      const said = (name) => this.getAttribute(name) || "";
      this.mounted = mount(this, {
        storefront: said("storefront"), src: said("src"), title: said("title"), theme: said("theme"), locale: said("locale"),
        // Asked for when it is needed: the property may be set after the element is in the page.
        fetchLaunchToken: (why) => this.fetchLaunchToken ? this.fetchLaunchToken(why)
          : said("token-url") ? fromUrl(said("token-url")) : undefined,
      });
    }

    disconnectedCallback() {
      this.mounted.destroy();
      this.mounted = null;
    }

    attributeChangedCallback(name, _before, value) {
      if (this.mounted) this.mounted[name === "theme" ? "setTheme" : "setLocale"](value);
    }
  }

  if (!customElements.get("cashback-store")) customElements.define("cashback-store", CashbackStore);
  window.Cashback = Object.freeze({ mount, version: 1 });
})();
