// detail: one product by itself, in a dialog.
(function () {
  'use strict';

  document.querySelectorAll('[data-detail-dialog]').forEach(function (dialog) {
    var body = dialog.querySelector('[data-detail-body]');
    var section = dialog.closest('section');
    if (!dialog.showModal) return;

    section.querySelectorAll('[data-detail]').forEach(function (button) {
      button.hidden = false;
      button.addEventListener('click', function () {
        var card = button.closest('[data-item]');
        var shown = document.createElement('div');
        shown.className = card.className;
        Object.assign(shown.dataset, card.dataset);
        Array.from(card.children).forEach(function (part) { shown.append(part.cloneNode(true)); });
        shown.querySelector('[data-detail]').remove();
        body.replaceChildren(shown);
        dialog.showModal();
      });
    });
    dialog.addEventListener('click', function (event) {
      if (event.target === dialog || event.target.closest('[data-add]')) dialog.close();
    });
    dialog.addEventListener('close', function () { body.replaceChildren(); });
  });
})();
