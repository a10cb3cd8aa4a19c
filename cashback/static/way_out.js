// The page between a storefront and a shop: goes on by itself unless the shopper stays, looks whether something would
// cost them their cashback, and leaves a way home behind. The page works without any of it.
"use strict";

(() => {
  const page = document.querySelector("[data-way-out]");
  if (!page) return;
  const link = page.querySelector("[data-go]");
  const count = page.querySelector("[data-count]");
  // A blocker hides what looks like an advertisement; styles come from the sheet, for the policy allows none here.
  const SETTLED = 200;

  // The back button leads from the shop to the storefront, not to this page and its countdown.
  const leaveHome = () => history.replaceState(null, "", page.dataset.home);

  link.addEventListener("click", (event) => {
    if (event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)) leaveHome();
  });
  // Whoever begins to move through the page by keyboard needs more than the count gives (WCAG 2.2.1).
  document.addEventListener("keydown", (event) => {
    if (/^(Tab|Arrow|Page|Home|End)/.test(event.key)) stay(false);
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });

  // --- Going on by itself ---

  let timer = 0;

  const stay = (isAsked) => {
    if (!timer) return;
    clearInterval(timer);
    timer = 0;
    const stayed = page.querySelector("[data-stayed]");
    count.hidden = true;
    stayed.hidden = false;
    if (isAsked) stayed.focus();
  };

  const start = () => {
    const bar = count.querySelector("progress");
    const left = count.querySelector("[data-left]");
    const seconds = Number(page.dataset.seconds);
    let passed = 0;
    let last = performance.now();
    count.hidden = false;
    count.querySelector("[data-stay]").addEventListener("click", () => stay(true));
    timer = setInterval(() => {
      const now = performance.now();
      // A tab that nobody looks at waits.
      if (!document.hidden) passed += (now - last) / 1000;
      last = now;
      bar.value = Math.min(passed, seconds);
      left.textContent = Math.max(0, Math.ceil(seconds - passed));
      if (passed >= seconds) {
        clearInterval(timer);
        leaveHome();
        location.assign(link.href);
      }
    }, 100);
  };

  if (count) start();

  // --- What the browser lets through ---

  const isBaitHidden = () => {
    const bait = document.createElement("div");
    bait.className = "bait ad-banner adsbox pub_300x250";
    bait.textContent = "\u00a0";
    document.body.append(bait);
    return new Promise((resolve) => {
      setTimeout(() => {
        resolve(bait.offsetHeight === 0 || getComputedStyle(bait).display === "none");
        bait.remove();
      }, SETTLED);
    });
  };

  const isBaitRefused = () =>
    fetch(page.dataset.bait, { cache: "no-store", credentials: "omit" }).then((answer) => !answer.ok, () => true);

  const look = async () => {
    const found = await Promise.all([isBaitHidden(), isBaitRefused()]);
    const body = new URLSearchParams({ blocker: found.includes(true) ? "yes" : "no" });
    const answer = await fetch(page.dataset.evidence, { method: "POST", body, keepalive: true });
    if (!answer.ok) return;
    for (const name of (await answer.json()).hints) {
      page.querySelector(`[data-hint="${name}"]`).hidden = false;
      // Something to read: it goes on only when asked to.
      stay(false);
    }
  };

  // Offline or refused: there is nothing to tell, and the way to the shop stands.
  look().catch(() => {});
})();
