// The pause before a new code, counted down. Without scripts the button is there all the time, and the server says how
// long to wait.
"use strict";
(() => {
  function begin(root) {
    for (const line of root.querySelectorAll("[data-countdown]")) {
      const button = line.parentElement.querySelector("[data-opens-in]");
      const until = Date.now() + Number(line.dataset.countdown) * 1000;
      line.removeAttribute("data-countdown");
      button.disabled = true;
      const timer = setInterval(tick, 500);
      tick();
      function tick() {
        const left = Math.ceil((until - Date.now()) / 1000);
        if (left > 0 && line.isConnected) {
          line.querySelector("span").textContent = left;
          return;
        }
        clearInterval(timer);
        line.remove();
        button.disabled = false;
      }
    }
  }
  document.addEventListener("htmx:load", (event) => begin(event.target));
  begin(document);
})();
