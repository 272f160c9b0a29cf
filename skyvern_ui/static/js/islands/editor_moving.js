// Moving blocks: by mouse and finger (SortableJS, asked for when it is first wanted) and by the keys of a handle. The
// server decides and answers with the whole list; a refusal puts everything back.
const DIRECTIONS = { ArrowUp: "up", ArrowDown: "down", ArrowLeft: "out", ArrowRight: "in" };

export function start(editor) {
  const { root, base } = editor;
  const dressed = new WeakSet();
  const post = (values) => editor.drawBlocks("POST", `${base}/block/place`, values);
  const restore = () => editor.drawBlocks("GET", `${base}/blocks`);

  const placeOf = (card) => {
    let above = card.previousElementSibling;
    while (above && !above.matches(".block")) above = above.previousElementSibling;
    return above ? `after:${above.dataset.label}` : card.parentElement.dataset.place;
  };
  const dropped = async ({ item, from, to, oldIndex, newIndex }) => {
    root.removeAttribute("data-dragging");
    if (from === to && oldIndex === newIndex) return;
    if (to.dataset.place === "loose") await restore();
    else await post({ label: item.dataset.label, place: placeOf(item) });
    document.getElementById(item.id)?.querySelector(".block__handle").focus();
  };
  const dress = () => {
    if (!window.Sortable) return;
    for (const list of root.querySelectorAll("ol.blocks")) {
      if (dressed.has(list)) continue;
      dressed.add(list);
      window.Sortable.create(list, { group: "blocks", handle: ".block__handle", draggable: ".block", animation: 120,
        forceFallback: true, fallbackOnBody: true, fallbackTolerance: 4, invertSwap: true, swapThreshold: 0.6,
        emptyInsertThreshold: 12,
        // What it drags is a copy, and a copied style attribute is what the policy of the page keeps out.
        onChoose: ({ item }) => item.removeAttribute("style"),
        onStart: () => { root.dataset.dragging = ""; }, onEnd: dropped });
    }
  };
  let asked = null;
  editor.prepareDrag = () => { asked ??= import(root.dataset.sortable).then(dress, () => { asked = null; }); };
  document.addEventListener("htmx:afterSettle", dress);
  // A list that fails to come back stands as the server has it.
  for (const name of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, (event) => {
      if (event.detail.requestConfig?.path?.endsWith("/block/place")) setTimeout(restore, 1500);
    });
  }

  let moving = false;
  root.addEventListener("keydown", async (event) => {
    const handle = event.target.closest(".block__handle");
    const direction = handle && DIRECTIONS[event.key];
    if (!direction || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    if (moving) return;
    moving = true;
    const card = handle.closest(".block");
    try {
      await post({ label: card.dataset.label, direction });
    } finally {
      moving = false;
      document.getElementById(card.id)?.querySelector(".block__handle").focus();
    }
  });
}
