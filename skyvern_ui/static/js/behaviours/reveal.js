// [data-reveal="input-id"]: show or hide a password while it is typed.
const show = (root) => root.querySelectorAll("[data-reveal][hidden]").forEach((button) => { button.hidden = false; });

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-reveal]");
  if (!button) return;
  const input = document.getElementById(button.dataset.reveal);
  const shown = input.type === "text";
  input.type = shown ? "password" : "text";
  button.setAttribute("aria-pressed", String(!shown));
  button.setAttribute("aria-label", button.getAttribute("aria-label").replace(/^\w+/, shown ? "Show" : "Hide"));
  const use = button.querySelector("use");
  use.setAttribute("href", use.getAttribute("href").replace(/#.*$/, shown ? "#eye" : "#eye-off"));
});
document.addEventListener("submit", (event) => {
  for (const button of event.target.querySelectorAll('[data-reveal][aria-pressed="true"]')) button.click();
});

show(document);
document.addEventListener("htmx:load", (event) => show(event.target));
