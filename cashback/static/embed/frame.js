// Inside the partner's frame: the talk with the page around it, in both of the frame's ways of life. Where its cookie
// sticks, pages are loaded as everywhere. Where it does not, the whole storefront lives in the first document: htmx
// fetches each page with a bearer that is in this script's memory alone, and the address keeps it behind a #.
(() => {
  "use strict";
  const facts = document.currentScript.dataset;
  const around = window.parent;
  if (around === window) return;

  const SESSION = "/embed/session";
  const PATIENCE = 10000;
  const GUEST = "cb-guest";
  const origins = facts.origins.split(" ");
  const bearer = { text: "", ends: 0, shopper: "", isFresh: false };
  let port = null, host = "", look = facts.look, locale = "", here = location.pathname + location.search;
  let take = null, balance = "", isBack = false, coming = null;

  const tell = (message) => port && port.postMessage(message);
  const event = (name, detail) => tell({ type: "cb:event", name, detail });
  const short = (language) => String(language || "").slice(0, 2).toLowerCase();
  const own = (path) => {
    const url = new URL(path, location.origin);
    return url.origin === location.origin && url.pathname.startsWith(facts.home) ? url.pathname + url.search : "";
  };

  // --- the host's page ---------------------------------------------------------------------------------------

  const connected = new Promise((resolve, reject) => {
    addEventListener("message", ({ source, origin, data, ports }) => {
      if (source !== around || !data || data.type !== "cb:port" || !ports[0]) return;
      if (!origins.includes(origin)) return reject({ code: "origin_not_listed" });
      [port] = ports;
      host = origin;
      locale = short(data.locale);
      port.onmessage = (message) => heard(message.data || {});
      dress(data.theme);
      resolve();
    });
  });
  // The promise is asked for by the first page only; elsewhere nobody around is nothing to speak of.
  connected.catch(() => {});

  function heard(said) {
    if (said.type === "cb:token" && take) take(said);
    else if (said.type === "cb:theme") dress(said.theme);
    else if (said.type === "cb:locale") speak(short(said.locale));
  }

  function dress(theme) {
    if (theme === look || !["", "light", "dark"].includes(theme)) return;
    look = theme;
    if (look) document.documentElement.dataset.theme = look;
    else delete document.documentElement.dataset.theme;
    // The next page has it from the start.
    if (facts.signedIn === "yes") ask("PATCH", { storefront: facts.storefront, look });
  }

  function speak(code) {
    locale = code;
    if (!/^[a-z]{2}$/.test(code) || code === document.documentElement.lang || facts.boot && !bearer.text) return;
    const path = `${facts.home}language/${code}/?next=${encodeURIComponent(here)}`;
    if (bearer.text) open(path);
    else location.replace(path);
  }

  // --- the session -------------------------------------------------------------------------------------------

  const ask = (method, body) => fetch(SESSION, {
    method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  });

  async function signOn(reason) {
    const given = await new Promise((resolve) => {
      take = resolve;
      tell({ type: "cb:launch", reason });
    });
    if (!given.token) throw { code: given.error };
    const answer = await ask("POST", {
      storefront: facts.storefront, token: given.token, look, locale, origin: host,
    });
    const said = await answer.json();
    if (!answer.ok) throw said;
    return said;
  }

  async function boot() {
    let session;
    try {
      await Promise.race([connected, late()]);
      session = await signOn("start");
    } catch (refusal) {
      return refusal.code === "guest" ? enterAsGuest() : show(refusal);
    }
    const path = own(decodeURIComponent(location.hash.slice(1))) || session.home;
    const probe = await (await fetch(`${SESSION}?storefront=${encodeURIComponent(facts.storefront)}`)).json();
    if (probe.shopper === session.shopper) location.replace(path);
    else carry(session, path);
  }

  const late = () => new Promise((_, reject) => setTimeout(reject, PATIENCE, { code: "host_silent" }));

  // Who has just deleted their account is not signed on anew behind their back.
  function takeLeave() {
    if (!here.startsWith(`${facts.home}goodbye/`)) return;
    bearer.text = "";
    window.name = GUEST;
  }

  // Whoever was signed on here before no longer is: the page around is the one to say so.
  async function enterAsGuest() {
    const answer = await ask("DELETE", { storefront: facts.storefront }).catch(() => null);
    if (!answer || !answer.ok) return show({ code: "frame_failed" });
    window.name = GUEST;
    location.replace(facts.home);
  }

  function show(refusal) {
    const code = refusal.code || "frame_failed";
    const known = document.querySelector(`[data-state="${code}"]`);
    const shown = known || document.querySelector('[data-state="refused"]');
    document.querySelectorAll("[data-state]").forEach((state) => { state.hidden = state !== shown; });
    if (!known) for (const name of ["code", "message", "fix"]) {
      shown.querySelector(`[data-${name}]`).textContent = refusal[name] || (name === "code" ? code : "");
    }
    // Of its own failure the host's page knows already.
    const message = refusal.message || (known ? known.querySelector("[data-advice]").textContent : "");
    if (code !== "token_source_failed") event("error", { code, message });
  }

  // A page that finds nobody signed on goes back to the first page, which asks the host, and returns here.
  function comeBackSignedOn() {
    const last = Number((window.name.match(/^cb-(\d+)$/) || [])[1] || 0);
    if (window.name === GUEST || Date.now() - last < PATIENCE) return false;
    window.name = `cb-${Date.now()}`;
    const query = new URLSearchParams({ storefront: facts.storefront, theme: look, locale });
    location.replace(`/embed/boot?${query}#${encodeURIComponent(here)}`);
    return true;
  }

  // --- what the host learns ----------------------------------------------------------------------------------

  function announce() {
    const path = `/${here.slice(facts.home.length)}`;
    tell({ type: "cb:page", path, title: document.title, mode: bearer.text ? "bearer" : "cookie" });
    grow();
    const purse = document.querySelector("[data-balance]");
    if (purse && purse.dataset.balance !== balance) {
      balance = purse.dataset.balance;
      event("balance", { amount: balance, currency: purse.dataset.currency });
    }
  }

  const grow = () => tell({ type: "cb:resize", v: 1, h: document.documentElement.offsetHeight });
  new ResizeObserver(grow).observe(document.documentElement);

  function followed({ target }) {
    const link = target.closest && target.closest("a[href]");
    if (!link) return;
    const isWayOut = link.origin === location.origin && link.pathname.startsWith("/go/");
    if (isWayOut || link.origin !== location.origin) {
      link.target = "_blank";
      link.rel = "noopener";
    }
    if (isWayOut) {
      const shop = link.dataset.shop || (here.match(/shops\/([^/?]+)/) || [])[1] || "";
      event("activate", { shop, path: `/${here.slice(facts.home.length)}` });
    }
  }
  document.addEventListener("click", followed, true);
  document.addEventListener("auxclick", followed, true);
  document.addEventListener("click", ({ target }) => {
    if (target.closest("[data-again]")) location.reload();
    else if (target.closest("[data-guest]")) enterAsGuest();
  });

  // --- life without a cookie ---------------------------------------------------------------------------------

  function carry(session, path) {
    keep(session);
    htmx.config.historyEnabled = false;
    document.body.setAttribute("hx-boost", "true");
    document.addEventListener("htmx:confirm", renewFirst);
    document.addEventListener("htmx:configRequest", sign);
    document.addEventListener("htmx:beforeRequest", overtake);
    document.addEventListener("htmx:beforeSwap", receive);
    document.addEventListener("htmx:afterSettle", settle);
    addEventListener("popstate", ({ state }) => {
      if (!state || !state.cb) return;
      isBack = true;
      open(state.cb);
    });
    isBack = true;
    history.replaceState({ cb: path }, "", `#${path}`);
    open(path);
  }

  function keep(session) {
    bearer.text = session.bearer;
    bearer.ends = Date.now() + session.expires_in * 1000 - Math.min(20000, session.expires_in * 200);
    bearer.shopper = session.shopper;
    bearer.isFresh = true;
  }

  const open = (path) => htmx.ajax("GET", path, { source: document.body, target: document.body, swap: "innerHTML" });
  const isPage = (target) => target === document.body;

  // True where the same shopper goes on. Another one starts at home: nothing of the one before is sent in their name.
  async function renew() {
    const before = bearer.shopper;
    try {
      keep(await signOn("expired"));
    } catch (refusal) {
      event("error", { code: refusal.code, message: refusal.message || "" });
      location.reload();
      return false;
    }
    if (before === bearer.shopper) return true;
    open(facts.home);
    return false;
  }

  function renewFirst(wish) {
    if (!bearer.text || Date.now() < bearer.ends) return;
    wish.preventDefault();
    renew().then((isSame) => isSame && wish.detail.issueRequest(true));
  }

  function sign({ detail }) {
    if (bearer.text) detail.headers.Authorization = `Bearer ${bearer.text}`;
    // Addresses are meant from the page that is shown, not from this document's own.
    const url = new URL(detail.path, location.origin + here);
    const isOwn = url.origin === location.origin && url.pathname === location.pathname;
    detail.path = isOwn ? here.split(detail.verb === "get" ? "?" : "#")[0] : url.href.replace(location.origin, "");
    detail.headers["HX-Current-URL"] = location.origin + here;
    // A whole page is wanted, as a link without scripts would get it.
    if (isPage(detail.target)) for (const name of Object.keys(detail.headers)) {
      if (name.startsWith("HX-")) delete detail.headers[name];
    }
  }

  // As in any browser, a later wish ends an earlier one whose page is still on its way.
  function overtake({ detail }) {
    if (!isPage(detail.target)) return;
    if (coming) coming.abort();
    coming = detail.xhr;
  }

  function receive({ detail }) {
    const { xhr, requestConfig } = detail;
    if (xhr.status === 401) {
      detail.shouldSwap = false;
      // A bearer that was refused as soon as it was new is nobody's: the first page says why.
      if (bearer.isFresh) return location.reload();
      bearer.ends = 0;
      const { verb, path, target, formData } = requestConfig;
      htmx.ajax(verb, path, { source: requestConfig.elt, target, values: formData });
      return;
    }
    bearer.isFresh = false;
    if (isPage(detail.target)) {
      const type = xhr.getResponseHeader("Content-Type") || "";
      detail.shouldSwap = type.startsWith("text/html");
      detail.isError = false;
      if (detail.shouldSwap) adopt(new DOMParser().parseFromString(xhr.responseText, "text/html"));
      else save(xhr, type);
    }
  }

  // What the page's head brings and this document has not.
  function adopt(page) {
    document.documentElement.lang = page.documentElement.lang;
    const has = (name, address) => [...document.head.querySelectorAll(`[${name}]`)]
      .some((each) => each.getAttribute(name) === address);
    for (const link of page.head.querySelectorAll('link[rel="stylesheet"]')) {
      if (!has("href", link.getAttribute("href"))) document.head.append(document.importNode(link));
    }
    for (const { src } of page.head.querySelectorAll("script[src]")) {
      const address = new URL(src).pathname;
      if (has("src", address)) continue;
      document.head.append(Object.assign(document.createElement("script"), { src: address, async: false }));
    }
  }

  function save(xhr, type) {
    const name = (xhr.getResponseHeader("Content-Disposition") || "").match(/filename="?([^";]+)/);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([xhr.response], { type }));
    link.download = name ? name[1] : "download";
    link.click();
    URL.revokeObjectURL(link.href);
  }

  function settle({ detail }) {
    if (!isPage(detail.target) || !detail.pathInfo) return;
    const { responsePath, finalRequestPath } = detail.pathInfo;
    const path = responsePath || finalRequestPath;
    // A form that answers in its own place has no address to come back to.
    if (detail.requestConfig.verb === "get" || path !== finalRequestPath) {
      if (isBack || path === here) history.replaceState({ cb: path }, "", `#${path}`);
      else history.pushState({ cb: path }, "", `#${path}`);
      here = path;
    }
    isBack = false;
    takeLeave();
    const main = document.getElementById("main");
    if (main) main.focus({ preventScroll: true });
    announce();
  }

  // --- begin -------------------------------------------------------------------------------------------------

  around.postMessage({ type: "cb:ready", v: 1 }, "*");
  if (facts.boot) boot();
  else connected.then(() => {
    takeLeave();
    if (facts.signedIn === "yes" || !comeBackSignedOn()) announce();
  });
})();
