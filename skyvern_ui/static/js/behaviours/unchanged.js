// [data-poll]: the tag of what is shown goes along with the next question; the answer 304 means that nothing changed.
// The tag belongs to the element: one that was drawn anew asks for the whole once. (A header set here keeps the
// browser's own cache out of it, which would turn the 304 into the old text, with its old times.)
const shown = new WeakMap();

document.addEventListener("htmx:configRequest", (event) => {
  const tag = event.detail.verb === "get" && shown.get(event.detail.elt);
  if (tag) event.detail.headers["If-None-Match"] = tag;
});
document.addEventListener("htmx:afterRequest", (event) => {
  const { elt, xhr } = event.detail;
  if (!elt.matches?.("[data-poll]") || xhr.status !== 200) return;
  const tag = xhr.getResponseHeader("ETag");
  if (tag) shown.set(elt, tag);
  else shown.delete(elt);
});

// [data-kept]: a part that the reader opened stays when its surroundings are drawn anew without it.
if (window.Idiomorph) {
  window.Idiomorph.defaults.callbacks.beforeNodeMorphed = (old, fresh) =>
    !(old instanceof Element && old.matches("[data-kept]") && !(fresh instanceof Element && fresh.matches("[data-kept]")));
}
