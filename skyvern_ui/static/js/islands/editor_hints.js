// What may be written between braces: a list that opens at `{{` and from "Insert", worked by arrows, Enter and Escape.
// In [data-workflows] it is the workflows that Skyvern finds by what is typed, and takes the place of all of it.
const PAUSE = 200;
const LONE = /^$|\{|^wpid_/; // nothing to look for: emptied, an expression, an id

export function start(editor) {
  const { root, base } = editor;
  const list = document.getElementById("hints");
  const known = new Map(); // of which block the list is, and when it is there
  let field = null;
  let looks = 0;
  let from = 0;
  let at = -1;

  const options = () => [...list.querySelectorAll(".hints__one:not([hidden])")];
  const close = () => {
    list.hidden = true;
    for (const name of ["aria-activedescendant", "aria-controls"]) field?.removeAttribute(name);
    field = null;
  };
  const choose = (index) => {
    const found = options();
    at = found.length ? (index + found.length) % found.length : -1;
    found.forEach((option, number) => option.setAttribute("aria-selected", String(number === at)));
    if (at < 0) return;
    field.setAttribute("aria-activedescendant", found[at].id);
    found[at].scrollIntoView({ block: "nearest" });
  };
  const blockOf = (element) => element.closest("[data-sheet]")?.dataset.sheet ?? "";
  const fill = (address) => {
    if (known.get("of") === address) return known.get("asked");
    known.set("of", address);
    known.set("asked", editor.get(address, list));
    return known.get("asked");
  };
  const place = (element) => {
    list.hidden = false;
    element.setAttribute("aria-controls", "hints");
    const box = element.getBoundingClientRect();
    const below = box.bottom + list.offsetHeight + 8 < innerHeight || box.top < list.offsetHeight;
    Object.assign(list.style, { position: "fixed", left: `${Math.min(box.left, innerWidth - list.offsetWidth - 8)}px`,
      top: `${below ? box.bottom + 4 : box.top - list.offsetHeight - 4}px` });
  };
  const look = async (element, words) => {
    looks += 1;
    const mine = looks;
    await new Promise((done) => { setTimeout(done, words ? PAUSE : 0); });
    if (mine !== looks || document.activeElement !== element) return;
    known.clear();
    await fill(`${base}/workflows?words=${encodeURIComponent(words)}`);
    if (mine !== looks || document.activeElement !== element) return;
    field = element;
    from = 0;
    place(element);
    if (words) choose(0);
    else at = -1;
  };
  const open = async (element, start) => {
    looks += 1;
    if (field !== element || list.hidden) await fill(`${base}/hints?block=${encodeURIComponent(blockOf(element))}`);
    field = element;
    from = start;
    const typed = element.value.slice(from, element.selectionStart).replace(/^\{\{\s*/, "").toLowerCase();
    for (const option of list.querySelectorAll(".hints__one")) {
      option.hidden = !option.textContent.toLowerCase().includes(typed);
      option.setAttribute("aria-selected", "false");
    }
    if (typed && !options().length) return close();
    place(element);
    return choose(0);
  };
  const insert = (option) => {
    const end = field.selectionEnd;
    const text = option.dataset.text;
    const rest = text.startsWith("{{") ? field.value.slice(end).replace(/^\s*\}\}/, "") : "";
    const element = field;
    element.value = element.value.slice(0, from) + text + rest;
    element.setSelectionRange(from + text.length, from + text.length);
    close();
    element.focus();
    element.dispatchEvent(new Event("input", { bubbles: true }));
    if (!text.startsWith("{{")) element.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const consider = (element) => {
    const braces = /\{\{[^{}]*$/.exec(element.value.slice(0, element.selectionStart));
    looks += 1;
    if (braces) open(element, braces.index);
    else if ("workflows" in element.dataset && !LONE.test(element.value.trim())) look(element, element.value.trim());
    else close();
  };

  root.addEventListener("input", (event) => {
    if (event.target.matches("[data-hints]")) consider(event.target);
  });
  root.addEventListener("click", (event) => {
    const button = event.target.closest("[data-insert]");
    if (button) {
      const element = document.getElementById(button.dataset.insert);
      element.focus();
      if ("workflows" in element.dataset) look(element, "");
      else open(element, element.selectionStart);
    } else if (!event.target.closest("#hints")) close();
  });
  list.addEventListener("pointerdown", (event) => {
    const option = event.target.closest(".hints__one");
    event.preventDefault();
    if (option) insert(option);
  });
  root.addEventListener("keydown", (event) => {
    if (list.hidden && event.key === "ArrowDown" && event.target.matches("[data-workflows]")) {
      event.preventDefault();
      look(event.target, "");
    }
    if (list.hidden || event.target !== field) return;
    const found = options();
    if (event.key === "ArrowDown") choose(at + 1);
    else if (event.key === "ArrowUp") choose(Math.max(at, 0) - 1);
    else if (event.key === "Escape") close();
    else if ((event.key === "Enter" || (event.key === "Tab" && !("workflows" in field.dataset))) && found[at]) insert(found[at]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }, true);
  root.addEventListener("focusout", (event) => { if (event.target === field) close(); });
  document.addEventListener("draft-changed", () => known.clear());
  document.addEventListener("htmx:afterSettle", () => { if (!list.hidden && field?.isConnected) place(field); });
  if (document.activeElement?.matches("[data-hints]") && document.activeElement.value) consider(document.activeElement);
}
