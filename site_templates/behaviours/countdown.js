// countdown: days, hours, minutes and seconds to the end of a day.
(function () {
  'use strict';

  document.querySelectorAll('[data-countdown]').forEach(function (section) {
    var day = section.dataset.countdown.split('-').map(Number);
    // The end of that day where the visitor is: midnight after it.
    var end = new Date(day[0], day[1] - 1, day[2] + 1).getTime();
    var clock = section.querySelector('[data-clock]');
    var until = section.querySelector('[data-until]');
    var timer;

    function show() {
      var left = Math.max(0, Math.floor((end - Date.now()) / 1000));
      var parts = {
        days: Math.floor(left / 86400),
        hours: Math.floor(left / 3600) % 24,
        minutes: Math.floor(left / 60) % 60,
        seconds: left % 60
      };
      if (!left) {
        window.clearInterval(timer);
        clock.hidden = true;
        until.textContent = until.dataset.over;
        return;
      }
      clock.querySelectorAll('[data-unit]').forEach(function (unit) {
        var number = String(parts[unit.dataset.unit]);
        unit.textContent = unit.dataset.unit === 'days' ? number : number.padStart(2, '0');
      });
      clock.hidden = false;
    }

    timer = window.setInterval(show, 1000);
    show();
  });
})();
