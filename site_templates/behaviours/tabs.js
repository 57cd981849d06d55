// tabs: one panel at a time, chosen by a row of tabs (WAI-ARIA APG, Tabs); on paper all of them.
(function () {
  'use strict';

  document.querySelectorAll('[data-tabs]').forEach(function (group) {
    var list = group.querySelector('[data-tab-list]');
    var panels = Array.from(group.querySelectorAll('[data-panel]'));
    var chosen = 0;
    if (!list || panels.length < 2) return;

    var tabs = panels.map(function (panel, index) {
      var tab = document.createElement('button');
      tab.type = 'button';
      tab.id = panel.id + '-tab';
      tab.className = 'tab';
      tab.textContent = panel.dataset.panel;
      tab.setAttribute('role', 'tab');
      tab.setAttribute('aria-controls', panel.id);
      tab.addEventListener('click', function () { choose(index); });
      panel.setAttribute('role', 'tabpanel');
      panel.setAttribute('aria-labelledby', tab.id);
      panel.tabIndex = 0;
      return tab;
    });

    function choose(index) {
      chosen = (index + tabs.length) % tabs.length;
      tabs.forEach(function (tab, at) {
        tab.setAttribute('aria-selected', String(at === chosen));
        tab.tabIndex = at === chosen ? 0 : -1;
        panels[at].hidden = at !== chosen;
      });
    }
    function openLinked() {
      var linked = panels.findIndex(function (panel) { return '#' + panel.id === window.location.hash; });
      if (linked >= 0) choose(linked);
    }

    list.addEventListener('keydown', function (event) {
      var forward = window.getComputedStyle(list).direction === 'rtl' ? -1 : 1;
      var steps = { ArrowRight: chosen + forward, ArrowLeft: chosen - forward, Home: 0, End: tabs.length - 1 };
      if (!(event.key in steps)) return;
      event.preventDefault();
      choose(steps[event.key]);
      tabs[chosen].focus();
    });
    window.addEventListener('hashchange', openLinked);
    window.addEventListener('beforeprint', function () {
      panels.forEach(function (panel) { panel.hidden = false; });
    });
    window.addEventListener('afterprint', function () { choose(chosen); });

    list.setAttribute('role', 'tablist');
    list.setAttribute('aria-label', list.dataset.tabList);
    list.append.apply(list, tabs);
    list.hidden = false;
    group.classList.add('is-tabbed');
    choose(0);
    openLinked();
  });
})();
