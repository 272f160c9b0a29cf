// time[data-relative]: keep "3 min ago" true while the page stays open; time[data-since] counts up, [data-until] down.
const words = (seconds) => {
  const distance = Math.abs(seconds);
  if (distance < 10) return "just now";
  let text;
  if (distance < 60) text = `${Math.floor(distance)} s`;
  else if (distance < 3600) text = `${Math.floor(distance / 60)} min`;
  else if (distance < 86400) text = `${Math.floor(distance / 3600)} h`;
  else text = `${Math.floor(distance / 86400)} day${distance < 172800 ? "" : "s"}`;
  return seconds > 0 ? `${text} ago` : `in ${text}`;
};
const two = (number) => String(number).padStart(2, "0");
const elapsed = (seconds) => {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} m ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} m`;
};

const tick = () => {
  if (document.hidden) return;
  for (const each of document.querySelectorAll("time[data-relative], time[data-since], time[data-until]")) {
    const seconds = (Date.now() - Date.parse(each.dateTime)) / 1000;
    if (Number.isNaN(seconds) || ("relative" in each.dataset && Math.abs(seconds) > 30 * 86400)) continue;
    const text = "since" in each.dataset ? elapsed(seconds) : "until" in each.dataset ? elapsed(-seconds) : words(seconds);
    if (each.textContent !== text) each.textContent = text;
  }
};
// The exact time on hover, in the reader's own zone beside the UTC the server wrote.
const localise = (root) => {
  for (const each of root.querySelectorAll("time[data-relative]:not([data-local])")) {
    const moment = new Date(each.dateTime);
    if (Number.isNaN(moment.getTime())) continue;
    each.title = `${moment.toLocaleString()} (${each.title})`;
    each.dataset.local = "";
  }
};

localise(document);
tick();
setInterval(tick, 1000);
document.addEventListener("visibilitychange", tick);
document.addEventListener("htmx:load", (event) => localise(event.target));
