// menu: the navigation sheet closes after a choice and when the window grows past it.
(function () {
  'use strict';

  var nav = document.getElementById('nav');
  if (!nav || !nav.hidePopover) return;

  function close() {
    if (nav.matches(':popover-open')) nav.hidePopover();
  }

  nav.addEventListener('click', function (event) {
    if (event.target.closest('a')) close();
  });
  window.matchMedia('(min-width: 60rem)').addEventListener('change', close);
})();
