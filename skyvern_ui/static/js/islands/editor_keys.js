// Keys of the whole editor, its search, and what happens to a form that could not be kept.
const RETRY = 4000;

export function start(editor) {
  const { root } = editor;
  const step = (to) => {
    const button = document.getElementById(to);
    if (button && !button.disabled) button.click();
  };
  document.addEventListener("keydown", (event) => {
    const key = event.key.toLowerCase();
    const typing = event.target.matches?.("input, textarea, select");
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
    if (key === "s") {
      event.preventDefault();
      if (!editor.hasTyped(root)) document.getElementById("save").click();
      else Promise.resolve(document.activeElement?.blur()).then(() => setTimeout(() => document.getElementById("save").click(), 600));
    } else if ((key === "z" || key === "y") && !(typing && (editor.hasTyped(root) || event.target.closest("[data-text]")))) {
      event.preventDefault();
      step(key === "y" || event.shiftKey ? "redo" : "undo");
    }
  });

  for (const name of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, (event) => {
      const form = event.detail.elt;
      if (!editor.isUnsent(form)) return;
      editor.state("Could not be kept. Trying again…");
      setTimeout(() => { if (form.isConnected) window.htmx.trigger(form, "submit"); }, RETRY);
    });
  }
  // Two windows of one draft: the answer says what is in it now, and nothing that was typed here is touched.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.xhr.status !== 409 || !root.contains(event.detail.elt)) return;
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  });
  // "Keep mine" is said by a field of the form, because the answer to another change may come between press and sending.
  root.addEventListener("click", (event) => {
    const keep = event.target.closest("[data-autosave] button[name=over]");
    if (!keep) return;
    event.preventDefault();
    const said = Object.assign(document.createElement("input"), { type: "hidden", name: "over", value: keep.value });
    keep.form.append(said);
    window.htmx.trigger(keep.form, "submit");
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful) event.detail.elt.querySelector?.(":scope > input[name=over]")?.remove();
  });

  // Searching hides the cards that do not fit; what holds one that fits stays.
  const finder = document.getElementById("finder");
  editor.find = () => {
    const wanted = finder.value.trim().toLowerCase();
    const cards = [...root.querySelectorAll(".block")].reverse();
    let found = 0;
    for (const card of cards) {
      const fits = card.querySelector(".block__words").textContent.toLowerCase().includes(wanted);
      found += fits;
      card.toggleAttribute("data-away", Boolean(wanted) && !fits && !card.querySelector(".block:not([data-away])"));
    }
    document.getElementById("finder-count").textContent = wanted ? `${found} of ${cards.length}` : "";
  };
  finder.addEventListener("input", editor.find);
  editor.find();
}
