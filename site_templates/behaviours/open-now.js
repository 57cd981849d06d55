// open-now: whether it is open at this moment, by the visitor's clock, and which row is today's.
(function () {
  'use strict';

  var language = document.documentElement.lang;
  var week = 7 * 24 * 60;

  function minutes(clock) {
    var parts = clock.split(':').map(Number);
    return parts[0] * 60 + parts[1];
  }
  function dayName(day) {
    // 1 January 2024 was a Monday.
    return new Date(2024, 0, 1 + day).toLocaleDateString(language, { weekday: 'long' });
  }
  function clock(minute) {
    return Math.floor(minute / 60) % 24 + ':' + String(minute % 60).padStart(2, '0');
  }

  document.querySelectorAll('[data-hours]').forEach(function (section) {
    var note = section.querySelector('[data-open-now]');
    var spans = JSON.parse(section.dataset.spans || '[]').map(function (span) {
      var from = span[0] * 24 * 60 + minutes(span[1]);
      var length = minutes(span[2]) - minutes(span[1]);
      return { from: from, to: from + (length > 0 ? length : length + 24 * 60) };
    });
    if (!note || !spans.length) return;

    function show() {
      var now = new Date();
      var today = (now.getDay() + 6) % 7;
      var minute = today * 24 * 60 + now.getHours() * 60 + now.getMinutes();
      var open = spans.find(function (span) {
        return (minute >= span.from && minute < span.to) || minute + week < span.to;
      });
      var text;
      if (open) {
        text = note.dataset.open.replace('{time}', clock(open.to));
      } else {
        var next = spans.slice().sort(function (a, b) {
          return (a.from - minute + week) % week - (b.from - minute + week) % week;
        })[0];
        var day = Math.floor(next.from / (24 * 60));
        text = (day === today && next.from > minute ? note.dataset.later : note.dataset.next)
          .replace('{day}', dayName(day)).replace('{time}', clock(next.from));
      }
      note.textContent = text;
      note.classList.toggle('is-open', Boolean(open));
      note.hidden = false;
      section.querySelectorAll('[data-days]').forEach(function (row) {
        row.classList.toggle('is-today', row.dataset.days.split(' ').includes(String(today)));
      });
    }

    show();
    window.setInterval(show, 60000);
  });
})();
