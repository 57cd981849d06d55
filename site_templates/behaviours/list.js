// list: search, filter and sort on what is already on the page.
(function () {
  'use strict';

  var language = document.documentElement.lang;

  function fold(text) {
    return text.normalize('NFD').replace(/[\u0300-\u036f]/g, '').toLocaleLowerCase(language);
  }

  document.querySelectorAll('[data-list]').forEach(function (section) {
    var toolbar = section.querySelector('[data-toolbar]');
    var list = section.querySelector('[data-items]');
    if (!toolbar || !list) return;
    var items = Array.from(list.children);
    var search = toolbar.querySelector('[data-search]');
    var filter = toolbar.querySelector('[data-filter]');
    var sort = toolbar.querySelector('[data-sort]');
    var count = toolbar.querySelector('[data-count]');
    var none = section.querySelector('[data-none]');

    function amount(item) {
      return item.dataset.amount ? Number(item.dataset.amount) : Infinity;
    }
    var orders = {
      name: function (a, b) { return a.dataset.name.localeCompare(b.dataset.name, language); },
      amount: function (a, b) { return amount(a) - amount(b); },
      '-amount': function (a, b) { return (b.dataset.amount || -1) - (a.dataset.amount || -1); }
    };

    function show() {
      var words = search ? fold(search.value).split(/\s+/).filter(Boolean) : [];
      var category = filter ? filter.value : '';
      var order = sort && orders[sort.value];
      var found = 0;
      (order ? items.slice().sort(order) : items).forEach(function (item) {
        var text = fold(item.dataset.name + ' ' + item.dataset.category + ' ' + item.querySelector('.product__text').textContent);
        var fits = (!category || item.dataset.category === category) &&
          words.every(function (word) { return text.includes(word); });
        item.hidden = !fits;
        found += fits;
        list.append(item);
      });
      count.textContent = count.dataset.count.replace('{n}', found);
      none.hidden = found > 0;
    }

    [search, filter, sort].filter(Boolean).forEach(function (control) {
      control.addEventListener('input', show);
    });
    toolbar.hidden = false;
    show();
  });
})();
