// theme-toggle: light or dark by a button; without storage the choice lasts as long as the page.
(function () {
  'use strict';

  var button = document.querySelector('[data-theme-toggle]');
  if (!button) return;
  var root = document.documentElement;
  var key = 'scheme:' + document.body.dataset.site;
  var system = window.matchMedia('(prefers-color-scheme: dark)');

  function stored() {
    try { return window.localStorage.getItem(key); } catch (error) { return null; }
  }
  function store(scheme) {
    try { window.localStorage.setItem(key, scheme); } catch (error) { /* the choice lasts as long as the page */ }
  }
  function isDark() {
    return root.dataset.theme ? root.dataset.theme === 'dark' : system.matches;
  }
  function show() {
    button.setAttribute('aria-pressed', String(isDark()));
    if (!root.dataset.theme) return;
    // The browser's own frame follows, whatever the system prefers.
    var ground = window.getComputedStyle(root).getPropertyValue('--page-ground');
    document.querySelectorAll('meta[name="theme-color"]').forEach(function (meta) { meta.content = ground.trim(); });
  }

  var before = stored();
  if (before === 'dark' || before === 'light') root.dataset.theme = before;
  button.addEventListener('click', function () {
    root.dataset.theme = isDark() ? 'light' : 'dark';
    store(root.dataset.theme);
    show();
  });
  system.addEventListener('change', show);
  button.hidden = false;
  show();
})();
