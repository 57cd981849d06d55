// copy: puts a phone number or an e-mail address on the clipboard and says so; else it marks it to be copied by hand.
(function () {
  'use strict';

  document.querySelectorAll('[data-copy]').forEach(function (button) {
    var label = button.querySelector('.hidden');
    var said = label.textContent;
    var timer;

    function say(text, done) {
      window.clearTimeout(timer);
      button.classList.toggle('is-done', done);
      label.setAttribute('role', 'status');
      label.textContent = text;
      timer = window.setTimeout(function () {
        button.classList.remove('is-done');
        label.removeAttribute('role');
        label.textContent = said;
      }, 2500);
    }
    function mark() {
      var value = button.parentElement.querySelector('.contact__value');
      if (value) window.getSelection().selectAllChildren(value);
      say(button.dataset.marked, false);
    }

    button.hidden = false;
    button.addEventListener('click', function () {
      if (!navigator.clipboard) return mark();
      navigator.clipboard.writeText(button.dataset.copy).then(function () {
        say(button.dataset.done, true);
      }, mark);
    });
  });
})();
