// The dashboard keeps itself fresh: each part is replaced when it has changed and nobody is busy in it.
"use strict";

const EVERY = 4000;

function renew(old, fresh) {
  for (const open of old.querySelectorAll("details[open]")) {
    fresh.querySelector(`#${CSS.escape(open.id)}`)?.setAttribute("open", "");
  }
  if (fresh.innerHTML !== old.innerHTML && !old.contains(document.activeElement)) {
    old.innerHTML = fresh.innerHTML;
  }
}

async function refresh() {
  if (document.hidden) return true;
  try {
    const answer = await fetch(`/ops/live${location.search}`, { cache: "no-store" });
    if (answer.status === 401) return false;
    if (!answer.ok) return true;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const old of document.querySelectorAll("[data-live]")) {
      const fresh = page.getElementById(old.id);
      if (fresh) renew(old, fresh);
    }
  } catch {
    // The server is being started again: the next look finds it.
  }
  return true;
}

async function keepFresh() {
  if (await refresh()) setTimeout(keepFresh, EVERY);
  else location.reload();
}

setTimeout(keepFresh, EVERY);
