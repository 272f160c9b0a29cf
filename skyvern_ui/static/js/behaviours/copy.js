// [data-copy="text"] or [data-copy-from="id"]: copy and say so. Hidden in the page until a script can do it.
const show = (root) => {
  if (!navigator.clipboard) return;
  for (const button of root.querySelectorAll("[data-copy][hidden], [data-copy-from][hidden]")) button.hidden = false;
};

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy], [data-copy-from]");
  if (!button) return;
  const source = button.dataset.copyFrom && document.getElementById(button.dataset.copyFrom);
  const text = source ? (source.value ?? source.textContent) : button.dataset.copy;
  let said = "Copied";
  try {
    await navigator.clipboard.writeText(text);
    button.dataset.done = "";
    setTimeout(() => delete button.dataset.done, 1500);
  } catch {
    said = "The browser did not allow copying";
  }
  document.body.dispatchEvent(new CustomEvent("toast", { bubbles: true, detail: { kind: "ok", text: said } }));
});

show(document);
document.addEventListener("htmx:load", (event) => show(event.target));
