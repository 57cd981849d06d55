// copy: puts a phone number or an e-mail address on the clipboard and says so.
(function () {
  'use strict';

  if (!navigator.clipboard) return;
  document.querySelectorAll('[data-copy]').forEach(function (button) {
    var label = button.querySelector('.hidden');
    var said = label.textContent;
    button.hidden = false;
    button.addEventListener('click', function () {
      navigator.clipboard.writeText(button.dataset.copy).then(function () {
        button.classList.add('is-done');
        label.setAttribute('role', 'status');
        label.textContent = button.dataset.done;
        window.setTimeout(function () {
          button.classList.remove('is-done');
          label.removeAttribute('role');
          label.textContent = said;
        }, 2500);
      }, function () { button.hidden = true; });
    });
  });
})();
