// lightbox: a picture as large as the window; arrow keys and buttons go on, Escape closes.
(function () {
  'use strict';

  document.querySelectorAll('[data-lightbox]').forEach(function (section) {
    var dialog = section.querySelector('[data-lightbox-dialog]');
    var body = section.querySelector('[data-lightbox-body]');
    var frames = Array.from(section.querySelectorAll('[data-frame]'));
    var shown = 0;
    if (!dialog || !dialog.showModal || !frames.length) return;

    function show(index) {
      shown = (index + frames.length) % frames.length;
      var figure = frames[shown].querySelector('figure').cloneNode(true);
      figure.querySelectorAll('img, source').forEach(function (picture) {
        picture.sizes = '100vw';
        picture.loading = 'eager';
      });
      body.replaceChildren(figure);
    }
    function step(by) {
      return function () { show(shown + by); };
    }

    frames.forEach(function (frame, index) {
      var button = frame.querySelector('[data-open]');
      button.hidden = false;
      button.addEventListener('click', function () {
        show(index);
        dialog.showModal();
      });
    });
    section.querySelector('[data-previous]').parentElement.hidden = frames.length < 2;
    section.querySelector('[data-previous]').addEventListener('click', step(-1));
    section.querySelector('[data-next]').addEventListener('click', step(1));
    dialog.addEventListener('keydown', function (event) {
      var forward = window.getComputedStyle(dialog).direction === 'rtl' ? -1 : 1;
      if (event.key === 'ArrowLeft') show(shown - forward);
      if (event.key === 'ArrowRight') show(shown + forward);
    });
    dialog.addEventListener('click', function (event) {
      if (event.target === dialog) dialog.close();
    });
    dialog.addEventListener('close', function () {
      body.replaceChildren();
      frames[shown].querySelector('[data-open]').focus();
    });
  });
})();
