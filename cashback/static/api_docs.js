// The API's page: the schema, shown and tried out. A key puts its partner's own names into the examples, and is
// forgotten with the page.
const API = "/api/v1/";
// Where each name in the examples is to be had: a list's newest row, and which of its fields.
const LISTS = [
  ["shoppers/{shopper}/clicks?storefront={storefront}", { click: "id" }],
  ["merchants?storefront={storefront}", { merchant: "slug", currency: "currency" }],
  ["coupons?storefront={storefront}", { coupon: "id" }],
  ["categories?storefront={storefront}", { category: "id" }],
  ["transactions", { transaction: "id" }],
  ["claims", { claim: "id" }],
  ["claims/{claim}/messages", { file: "files" }],
  ["events", { event: "id" }],
  ["webhook-endpoints", { endpoint: "id" }],
  ["webhook-endpoints/{endpoint}/deliveries", { delivery: "id" }],
];
// The same thing under another name.
const ALSO = { external_id: "shopper", click_id: "click" };
// Whom the examples themselves make up.
const MADE_UP = "docs-";

const page = document.getElementById("docs");
const form = document.getElementById("key");
const said = document.getElementById("key-said");
const button = form.querySelector("button");

let isLive = false;
let asItCame;
let docs = show({
  url: page.dataset.schema,
  onComplete: () => {
    asItCame = docs.specSelectors.specJson().toJS();
    button.disabled = false;
  },
});

function show(what) {
  return SwaggerUIBundle({
    ...what,
    domNode: page,
    deepLinking: true,
    docExpansion: "list",
    defaultModelsExpandDepth: 0,
    displayRequestDuration: true,
    tryItOutEnabled: true,
    validatorUrl: null,
  });
}

// The viewer has no word for "do not send it": it never hears of the click.
document.addEventListener("click", (event) => {
  const block = event.target.closest("button.execute")?.closest(".opblock");
  if (!block || !isLive) return;
  const method = block.querySelector(".opblock-summary-method").textContent;
  const path = block.querySelector("[data-path]").dataset.path;
  if (method === "GET") return;
  const question = `Your key is a live one: this changes real data.\n\n${method} ${path}\n\nSend it?`;
  if (!confirm(question)) event.stopPropagation();
}, { capture: true });

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const key = form.elements.key.value.trim();
  button.disabled = true;
  say("Looking for your names…");
  try {
    const own = await namesOf(key);
    isLive = key.startsWith("cb_live_");
    const spec = filled(structuredClone(asItCame), own);
    docs = show({ spec, onComplete: () => docs.preauthorizeApiKey("key", key) });
    say(`The examples are about ${own.shopper ?? "no shopper yet"} at ${own.storefront ?? "no storefront yet"} now.`);
  } catch (error) {
    say(error.message, { isWrong: true });
  }
  button.disabled = false;
});

function say(text, { isWrong = false } = {}) {
  said.textContent = text;
  said.classList.toggle("is-wrong", isWrong);
}

async function namesOf(key) {
  if (!/^cb_[\x21-\x7e]+$/.test(key)) throw new Error("This is not a key: one begins with cb_test_ or cb_live_.");
  const own = await somebody(key);
  for (const [path, fields] of LISTS) {
    // Who has one storefront need not say which.
    const list = own.storefront ? path : path.replace("?storefront={storefront}", "");
    const named = [...list.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    if (!named.every((name) => name in own)) continue;
    const rows = await rowsOf(list.replace(/\{(\w+)\}/g, (_all, name) => encodeURIComponent(own[name])), key);
    for (const row of rows) {
      for (const [name, field] of Object.entries(fields)) {
        const value = field === "files" ? row.files[0]?.id : row[field];
        if (value) own[name] ??= value;
      }
    }
  }
  for (const [name, other] of Object.entries(ALSO)) if (other in own) own[name] = own[other];
  return own;
}

// The shopper of the newest trip, who has something behind every address, or else the newest shopper.
async function somebody(key) {
  const trips = await rowsOf("clicks", key);
  for (const shopper of new Set(trips.map((each) => each.shopper))) {
    const { storefront } = trips.find((each) => each.shopper === shopper);
    // An erased one, or one of a closed storefront, is not there any more.
    const answer = await ask(`shoppers/${encodeURIComponent(shopper)}?storefront=${storefront}`, key);
    if (answer.ok) return { shopper, storefront };
  }
  const newest = (await rowsOf("shoppers", key)).find((each) => !each.external_id.startsWith(MADE_UP));
  return newest ? { shopper: newest.external_id, storefront: newest.storefront } : {};
}

// What the key may not see has no names; that it is no key at all is said.
async function rowsOf(list, key) {
  const answer = await ask(list, key);
  return answer.ok ? (await answer.json()).data : [];
}

async function ask(path, key) {
  const answer = await fetch(`${API}${path}`, { headers: { Authorization: `Bearer ${key}` } });
  if (answer.status === 401 || answer.status === 429) throw new Error((await answer.json()).detail);
  return answer;
}

function filled(spec, own) {
  for (const operation of Object.values(spec.paths).flatMap(Object.values)) {
    for (const parameter of operation.parameters ?? []) {
      if (!parameter.examples && parameter.name in own) parameter.example = own[parameter.name];
    }
    for (const content of Object.values(operation.requestBody?.content ?? {})) {
      for (const { value } of Object.values(content.examples ?? {})) putIn(value, own);
    }
  }
  return spec;
}

function putIn(fields, own) {
  for (const [name, value] of Object.entries(fields)) {
    if (value && typeof value === "object") putIn(value, own);
    else if (name in own && !String(value).startsWith(MADE_UP)) fields[name] = own[name];
  }
}
