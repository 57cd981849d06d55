"use strict";
// Shows how far a request has come, by server-sent events, else by asking every few seconds.
(() => {
  const page = document.querySelector("[data-job]");
  const state = page.querySelector("[data-state]");
  const said = page.querySelector("[data-said]");
  const address = `/jobs/${page.dataset.job}`;
  const language = `?lang=${page.dataset.language}`;
  const ASK_EVERY = 3000;

  const show = (news) => {
    const focused = state.contains(document.activeElement) ? document.activeElement.textContent : null;
    state.innerHTML = news.html; // made by our own templates, every value escaped
    if (focused !== null) {
      const again = [...state.querySelectorAll("a, button")].find((each) => each.textContent === focused);
      if (again) again.focus();
    }
    document.title = news.title;
    if (said.textContent !== news.title) said.textContent = news.title;
    return news.done;
  };

  const ask = async () => {
    try {
      const answer = await fetch(`${address}/state${language}`, { headers: { Accept: "application/json" } });
      if (answer.ok && show(await answer.json())) return;
    } catch {
      // the server is away for a moment: the next question will tell
    }
    window.setTimeout(ask, ASK_EVERY);
  };

  if (!("EventSource" in window)) {
    ask();
    return;
  }
  const events = new EventSource(`${address}/events${language}`);
  events.onmessage = (event) => {
    if (show(JSON.parse(event.data))) events.close();
  };
  events.onerror = () => {
    if (events.readyState === EventSource.CLOSED) ask(); // refused for good; else it comes back by itself
  };
})();
