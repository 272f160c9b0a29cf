// [data-own-zone]: beside a time in the schedule's zone stands what the reader's own clock shows then, when that is
// another. [data-zone-guess]: a new schedule begins with the reader's zone.
const ownZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const clock = { weekday: "short", hour: "2-digit", minute: "2-digit", hour12: false };

const localize = (root) => {
  for (const place of root.querySelectorAll("[data-own-zone][hidden]")) {
    const moment = new Date(place.dataset.moment);
    const there = moment.toLocaleString("en-GB", { ...clock, timeZone: place.dataset.ownZone });
    const here = moment.toLocaleString("en-GB", clock);
    if (here === there) continue;
    place.textContent = `${here} here`;
    place.hidden = false;
  }
  for (const field of root.querySelectorAll("[data-zone-guess]")) {
    delete field.dataset.zoneGuess;
    if (field.value !== "UTC" || !ownZone || ownZone === "UTC") continue;
    field.value = field.defaultValue = ownZone;
    requestAnimationFrame(() => field.dispatchEvent(new Event("change", { bubbles: true })));
  }
};

localize(document);
document.addEventListener("htmx:load", (event) => localize(event.target.parentElement ?? event.target));
