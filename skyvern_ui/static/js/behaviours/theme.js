// [data-theme-switch]: change the colours at once; the server is told in the background and keeps the choice.
document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-theme-switch]");
  const choice = event.submitter;
  if (!form || !choice?.value) return;
  event.preventDefault();
  document.documentElement.dataset.theme = choice.value;
  document.querySelector('meta[name="color-scheme"]').content = choice.value === "system" ? "light dark" : choice.value;
  for (const each of form.querySelectorAll("button")) each.setAttribute("aria-pressed", String(each === choice));
  const told = new FormData(form, choice);
  navigator.sendBeacon(form.action, told);
});
