// The editor of a workflow. The document lives on the server; here is only what is open, what is being typed, and where
// the focus was. What a page needs that is only looked at is in this file; each other part comes when it is first wanted.
const nameOf = (address) => /editor_(\w+)\.js/.exec(address)[1];
const bodyOf = (link) => link.closest(".block").querySelector(".block__body");
const labelOf = (element) => element.closest("[data-label]").dataset.label;
const isOpen = (body) => !body.hidden && body.childElementCount > 0;

export function start(root) {
  const addresses = new Map(root.dataset.parts.split(" ").map((address) => [nameOf(address), address]));
  const base = root.dataset.edit;
  const asked = new Map();
  const here = new Set();
  // Each request belongs to the element it fills: of those of one element only the last would count. What is drawn is
  // listened to at once: whoever is quick has typed before htmx's usual pause is over.
  const ask = (verb, address, target, swap, more = {}) => {
    const source = typeof target === "string" ? root.querySelector(target) : target;
    return window.htmx.ajax(verb, address, { source, target: source, swap: `${swap} settle:0ms`, ...more });
  };
  const bring = async (name) => {
    try {
      (await import(addresses.get(name))).start(editor);
      here.add(name);
    } catch (error) {
      asked.delete(name);
      throw error;
    }
  };
  const want = (name) => {
    if (!asked.has(name)) asked.set(name, bring(name));
    return asked.get(name);
  };
  const editor = {
    root,
    want,
    base,
    get: (address, target, swap = "innerHTML") => ask("GET", address, target, swap),
    drawBlocks: (verb, address, values = {}) => ask(verb, address, "#editor-blocks", "morph:outerHTML", { values }),
  };

  // A press that nobody can answer yet is done again when its part is here; without it a link leads to its own page.
  root.addEventListener("click", async (event) => {
    const pressed = event.target.closest("a, button[type=button]");
    const missing = ["panels", ...(pressed?.matches("[data-insert]") ? ["hints"] : [])].filter((name) => !here.has(name));
    if (!pressed || !missing.length || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    try {
      await Promise.all(missing.map(want));
      pressed.click();
    } catch {
      if (pressed.href) window.location.assign(pressed.href);
    }
  }, true);
  const repeat = async (event, name) => {
    const { target, key, ctrlKey, metaKey, shiftKey } = event;
    event.preventDefault();
    await want(name);
    target.dispatchEvent(new KeyboardEvent("keydown", { key, ctrlKey, metaKey, shiftKey, bubbles: true, cancelable: true }));
  };
  document.addEventListener("keydown", (event) => {
    const { target, key } = event;
    if (key.startsWith("Arrow") && target.matches?.(".block__handle") && !here.has("moving")) repeat(event, "moving");
    if ((event.ctrlKey || event.metaKey) && /^[syz]$/i.test(key) && !here.has("keys")) repeat(event, "keys");
    if (key !== "/" || target.matches?.("input, textarea, select") || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    document.getElementById("finder").focus();
  });
  const prepare = (name) => want(name).catch(() => {});
  root.addEventListener("focusin", (event) => {
    prepare("panels");
    prepare("keys");
    if (event.target.matches("[data-hints]")) prepare("hints");
    if (event.target.matches(".block__handle")) prepare("moving");
  });
  const drag = () => prepare("moving").then(() => editor.prepareDrag?.());
  root.addEventListener("pointerover", (event) => { if (event.target.closest(".block__handle")) drag(); });
  if (matchMedia("(pointer: coarse)").matches) (window.requestIdleCallback ?? setTimeout)(drag);
  const read = () => { if (root.querySelector(".texted__text")) prepare("text"); };
  document.addEventListener("htmx:afterSettle", read);

  // What is typed and not sent yet.
  const unsent = new Map();
  editor.isUnsent = (form) => unsent.has(form);
  editor.state = (words) => {
    const place = document.getElementById("editor-state");
    if (place) place.textContent = words;
  };

  const formsIn = (element) => [...unsent.keys()].filter((form) => element.contains(form));
  editor.hasTyped = (element) => formsIn(element).length > 0 || Boolean(element.querySelector("form[data-dirty]"));
  editor.forget = (element) => {
    for (const form of formsIn(element)) unsent.delete(form);
    for (const form of element.querySelectorAll("form[data-dirty]")) form.removeAttribute("data-dirty");
  };
  // What was typed while something newer was under way stays; the list of cards keeps its forms by itself.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { target, requestConfig } = event.detail;
    const isOurs = requestConfig.verb === "get" && requestConfig.path.startsWith(`${base}/`) && target.id !== "editor-blocks";
    if (isOurs && editor.hasTyped(target)) event.detail.shouldSwap = false;
  });

  root.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-autosave]");
    if (form) {
      unsent.set(form, (unsent.get(form) ?? 0) + 1);
      editor.state("Not kept yet…");
    }
    event.target.closest("form[data-text]")?.setAttribute("data-dirty", "");
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    const form = event.detail.elt;
    if (unsent.has(form)) form.sentAt = unsent.get(form);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.detail.elt;
    if (!unsent.has(form)) return;
    const wrong = event.detail.successful && /data-fields="\s*[^"\s]/.test(event.detail.xhr.responseText);
    if (event.detail.successful && !wrong && unsent.get(form) === form.sentAt) unsent.delete(form);
    for (const box of form.querySelectorAll("[aria-invalid]")) box.removeAttribute("aria-invalid");
    const fields = document.getElementById(form.id.replace(/^form-/, "problems-"))?.dataset.fields ?? "";
    for (const id of fields.split(" ").filter(Boolean)) document.getElementById(id)?.setAttribute("aria-invalid", "true");
  });
  window.addEventListener("beforeunload", (event) => {
    if (editor.hasTyped(root)) event.preventDefault();
  });
  root.addEventListener("submit", (event) => event.target.removeAttribute("data-dirty"));

  // Cards: opened when they are wanted, kept open through every change, asked for anew when what is in them changed.
  const cardOf = (label) => [...root.querySelectorAll(".block")].find((card) => card.dataset.label === label);
  const fetchInto = (body, swap) => editor.get(`${base}/block?label=${encodeURIComponent(labelOf(body))}`, body, swap);

  const open = async (link, opens) => {
    const body = bodyOf(link);
    link.setAttribute("aria-expanded", String(opens));
    body.hidden = !opens;
    if (!opens || body.childElementCount) return;
    body.setAttribute("aria-busy", "true");
    await fetchInto(body);
    body.removeAttribute("aria-busy");
    link.setAttribute("aria-expanded", String(body.childElementCount > 0));
  };
  editor.open = async (label, focuses = true) => {
    const card = cardOf(label);
    if (!card) return;
    card.scrollIntoView({ block: "nearest" });
    await open(card.querySelector(".block__open"), true);
    if (focuses) card.querySelector(".block__body :is(input:not([type=hidden]), textarea, select)")?.focus();
  };
  editor.close = () => { for (const link of root.querySelectorAll('.block__open[aria-expanded="true"]')) open(link, false); };
  editor.reopen = (label) => {
    const body = bodyOf(cardOf(label));
    editor.forget(body);
    return fetchInto(body);
  };
  // What is typed and not in the draft stays as it is; sent then, it is told from what the draft has.
  const reload = () => {
    for (const body of root.querySelectorAll(".block__body:not(:empty)")) {
      if (editor.hasTyped(body)) continue;
      editor.settle(body);
      if (body.hidden) body.replaceChildren();
      else fetchInto(body, "morph:innerHTML");
    }
  };
  const sync = () => {
    for (const card of root.querySelectorAll(".block")) {
      const [handle, link, more] = card.querySelector(".block__head").children;
      link.setAttribute("aria-expanded", String(isOpen(bodyOf(link))));
      handle.setAttribute("aria-label", `Move ${card.dataset.label}`);
      handle.setAttribute("aria-describedby", "grip-help");
      more.setAttribute("aria-label", `Actions for ${card.dataset.label}`);
    }
  };
  sync();

  // A change of structure draws all cards anew; the forms in them stay as they are.
  const callbacks = window.Idiomorph.defaults.callbacks;
  const before = callbacks.beforeNodeMorphed;
  callbacks.beforeNodeMorphed = (old, fresh) => {
    if (old.matches?.(".block__body, .params__body") && old.childElementCount) return false;
    return before ? before(old, fresh) : true;
  };

  root.addEventListener("click", (event) => {
    const link = event.target.closest(".block__open");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      open(link, !isOpen(bodyOf(link)));
    }
  });
  document.addEventListener("draft-changed", (event) => setTimeout(async () => {
    sync();
    if (!event.detail.typed) document.getElementById("editor-dialog").close(); // typing may end after a dialog was opened
    editor.find?.();
    if (event.detail.blocks) await editor.drawBlocks("GET", `${base}/blocks`);
    await want("panels");
    if (event.detail.reloads) reload();
    if (event.detail.card) await editor.open(event.detail.card);
    await editor.refreshSide(event.detail);
  }));

  read();
  root.dataset.ready = "";
}
