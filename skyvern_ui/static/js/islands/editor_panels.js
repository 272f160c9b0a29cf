// What stands beside the cards: the side, the dialogs, the menu of a card; and what a form does while it is filled in.
export function start(editor) {
  const { root, base } = editor;
  const dialog = document.getElementById("editor-dialog");
  const inside = document.getElementById("editor-dialog-body");
  const menu = document.getElementById("card-menu");
  const isNarrow = matchMedia("(max-width: 62rem)");
  const { get } = editor;

  // One side at a time. One in which something is typed is put by as it stands, and shown again when it is asked for.
  const aside = () => document.getElementById("editor-side");
  const putBy = new Map();
  let turn = Promise.resolve(); // a request of a side that is replaced meanwhile is never sent: one after another
  const inTurn = (work) => {
    turn = turn.then(work, work);
    return turn;
  };
  const fetchSide = (name, swap = "outerHTML") => get(`${base}/side?side=${name}`, aside(), swap);
  const leave = (old) => {
    if (!editor.hasTyped(old)) return;
    old.before(old.cloneNode(false));
    putBy.set(old.dataset.shown, old);
    old.removeAttribute("id");
    old.hidden = true;
  };
  editor.side = (name, isAgain = false) => inTurn(async () => {
    for (const tab of root.querySelectorAll(".editor__tabs a")) {
      if (tab.dataset.side === name) tab.setAttribute("aria-current", "page");
      else tab.removeAttribute("aria-current");
    }
    root.dataset.side = name;
    history.replaceState(null, "", `${base}?side=${name}`);
    const old = aside();
    const kept = putBy.get(name);
    putBy.delete(name);
    if (isAgain || old.dataset.shown !== name || !editor.hasTyped(old)) {
      if (isAgain) editor.forget(old);
      else if (old.dataset.shown !== name) leave(old);
      if (kept && editor.hasTyped(kept)) {
        aside().replaceWith(kept);
        Object.assign(kept, { id: "editor-side", hidden: false });
      } else {
        kept?.remove();
        await fetchSide(name);
        if (aside().dataset.shown !== name && editor.hasTyped(aside())) {
          leave(aside());
          await fetchSide(name);
        }
      }
    }
  });
  const linkOf = (key) => [...root.querySelectorAll("[data-parameter]")].find((each) => each.dataset.parameter === key);
  const fetchParameter = (link, swap) =>
    get(`${base}/parameter?key=${encodeURIComponent(link.dataset.parameter)}`, link.nextElementSibling, swap);
  const square = () => {
    for (const link of root.querySelectorAll("[data-parameter]")) {
      const { hidden, childElementCount } = link.nextElementSibling;
      link.setAttribute("aria-expanded", String(!hidden && childElementCount > 0));
    }
  };
  editor.openParameter = async (key, isAgain = false) => {
    const link = linkOf(key);
    const body = link?.nextElementSibling;
    if (!body) return;
    const opens = isAgain || body.hidden || !body.childElementCount;
    if (isAgain) editor.forget(body);
    body.hidden = !opens && editor.hasTyped(body);
    if (!opens && !body.hidden) body.replaceChildren();
    if (opens && !(body.childElementCount && editor.hasTyped(body))) await fetchParameter(link);
    square();
  };
  // After a change of the draft: what is shown becomes what is there now, and whoever types or stands in it stays there.
  const late = new Set();
  const draw = async (shown) => {
    if (aside().dataset.shown !== shown || editor.hasTyped(aside())) return;
    const held = aside().contains(document.activeElement);
    editor.settle(aside());
    await fetchSide(shown, "morph:outerHTML");
    for (const body of aside().querySelectorAll(".params__body:not(:empty)")) {
      if (!editor.hasTyped(body)) fetchParameter(body.previousElementSibling, "morph:innerHTML");
    }
    if (held && !aside().contains(document.activeElement)) root.querySelector(".editor__tabs [aria-current=page]")?.focus();
  };
  editor.refreshSide = async (detail) => {
    const { shown } = aside().dataset;
    const isOwn = detail.typed?.startsWith(shown.replace(/s$/, ""));
    if (!isOwn && (detail.reloads || shown === "problems" || shown === "text")) await inTurn(() => draw(shown));
    if (detail.again) late.add(detail.again.split(/:(.*)/)[1]);
    for (const link of [...late].map(linkOf)) {
      if (!link) continue;
      if (editor.hasTyped(link.nextElementSibling)) continue;
      late.delete(link.dataset.parameter);
      editor.settle(link.nextElementSibling);
      await fetchParameter(link, "morph:innerHTML");
    }
    square();
  };
  // A key that is not added yet stays in its box whatever is drawn anew.
  const fresh = new Map();
  document.addEventListener("htmx:beforeSwap", ({ detail: { target, xhr, requestConfig: { verb, path } } }) => {
    const adding = target.querySelector?.(".params__add");
    if (!adding) return;
    fresh.clear();
    if (xhr.status === 200 && verb === "post" && path === `${base}/parameters`) editor.settle(adding);
    else for (const box of adding.querySelectorAll("[id]:is(input, select)")) fresh.set(box.id, box.value);
  });
  document.addEventListener("htmx:afterSwap", () => {
    for (const [id, value] of fresh) {
      const box = document.getElementById(id);
      if (box && box.value !== value) box.value = value;
    }
    square();
  });
  const show = async (address) => {
    inside.replaceChildren();
    await get(address, inside);
    if (!inside.childElementCount) return;
    dialog.showModal();
    inside.querySelector("[autofocus], [type=search]")?.focus();
    inside.querySelector("[autofocus]")?.select();
  };
  editor.add = async (place) => {
    await show(`${base}/picker`);
    inside.querySelector("[name=place]").value = place;
  };
  editor.rename = (what, name) => show(`${base}/naming?what=${what}&name=${encodeURIComponent(name)}`);

  const openMenu = (button) => {
    const card = button.closest(".block");
    const count = card.querySelectorAll(".block").length;
    for (const box of menu.querySelectorAll("[name=label]")) box.value = card.dataset.label;
    menu.dataset.label = card.dataset.label;
    menu.querySelector("[data-menu-delete] span").textContent = count ? `Delete with ${count} inside` : "Delete";
    menu.showPopover();
    const at = button.getBoundingClientRect();
    const box = menu.getBoundingClientRect();
    Object.assign(menu.style, { inset: "auto", left: `${Math.max(8, at.right - box.width)}px`,
      top: `${Math.max(8, Math.min(at.bottom + 4, innerHeight - box.height - 8))}px` });
    menu.querySelector("button").focus();
  };
  // Morphing leaves alone what differs from what the page was drawn with (poll.js): what the draft has is not typed.
  editor.settle = (element) => {
    for (const form of element.matches("form") ? [element] : element.querySelectorAll("form")) {
      for (const box of form.elements) {
        if ("defaultChecked" in box) box.defaultChecked = box.checked;
        if ("defaultValue" in box) box.defaultValue = box.value;
        for (const option of box.options ?? []) option.defaultSelected = option.selected;
      }
      form.reset();
    }
  };

  // What stands in the form is let go for what the draft has.
  editor.again = (name) => {
    const [kind, label] = name.split(/:(.*)/);
    if (kind !== "block") return kind === "parameter" ? editor.openParameter(label, true) : editor.side(kind, true);
    return editor.reopen(label);
  };
  const onClick = {
    "[data-goto]": (link) => editor.open(link.dataset.goto),
    "[data-collapse]": () => editor.close(),
    "[data-reload]": (link) => editor.again(link.dataset.reload),
    "[data-card-menu]": openMenu,
    "[data-menu-add]": () => { menu.hidePopover(); editor.add(`after:${menu.dataset.label}`); },
    "[data-menu-rename]": () => { menu.hidePopover(); editor.rename("block", menu.dataset.label); },
    "[data-naming]": (link) => editor.rename(...link.dataset.naming.split(/:(.*)/)),
    "[data-parameter]": (link) => editor.openParameter(link.dataset.parameter),
    "[data-side]:is(a)": (link) => editor.side(link.dataset.side, Boolean(link.closest("#editor-side"))),
    ".gap, .editor__add a": (link) => editor.add(new URL(link.href).searchParams.get("place")),
  };
  root.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey) return;
    for (const [selector, act] of Object.entries(onClick)) {
      const element = event.target.closest(selector);
      if (!element) continue;
      event.preventDefault();
      act(element);
      return;
    }
    if (event.target.closest(".editor__only-narrow") && isNarrow.matches) {
      event.preventDefault();
      root.dataset.side = "";
    }
  });
  menu.addEventListener("htmx:beforeRequest", () => menu.hidePopover());

  const narrow = (input) => {
    const wanted = input.value.trim().toLowerCase();
    const kinds = [...inside.querySelectorAll(".picker__kind")];
    for (const kind of kinds) kind.hidden = !`${kind.textContent} ${kind.value}`.toLowerCase().includes(wanted);
    for (const group of inside.querySelectorAll(".picker__group")) group.hidden = !group.querySelector(".picker__kind:not([hidden])");
    inside.querySelector("[data-picker-none]").hidden = kinds.some((kind) => !kind.hidden);
  };
  root.addEventListener("input", (event) => {
    if (event.target.matches("[data-picker-find]")) narrow(event.target);
    const rows = event.target.closest("[data-rows]");
    if (rows && event.target.closest(".rows__row") === rows.lastElementChild && event.target.value) {
      const row = rows.lastElementChild.cloneNode(true);
      for (const box of row.querySelectorAll("input, textarea")) {
        box.value = "";
        box.removeAttribute("id");
      }
      rows.append(row);
    }
  });
  root.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches("[data-picker-find]")) return;
    event.preventDefault();
    inside.querySelector(".picker__kind:not([hidden])")?.click();
  });
  // A field that another one decides about comes and goes with it; it is never emptied.
  const decide = (box) => {
    if (box.matches("[data-condition]")) box.nextElementSibling.hidden = box.value === "default";
    if (!box.matches("[data-decides]")) return;
    const value = box.type === "checkbox" ? String(box.checked) : box.value;
    for (const other of box.form.querySelectorAll("[data-when]")) {
      const [name, wanted] = other.dataset.when.split(/:(.*)/);
      if (name === box.dataset.decides) other.classList.toggle("field--aside", !wanted.split("|").includes(value));
    }
  };
  root.addEventListener("change", (event) => decide(event.target));
}
