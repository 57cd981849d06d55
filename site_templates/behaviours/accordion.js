// accordion: a link to an answer opens it, and on paper all answers are open.
(function () {
  'use strict';

  var answers = Array.from(document.querySelectorAll('[data-accordion] details'));
  if (!answers.length) return;

  function openLinked() {
    var linked = window.location.hash && document.getElementById(window.location.hash.slice(1));
    if (linked && answers.includes(linked)) linked.open = true;
  }

  var closed = [];
  window.addEventListener('hashchange', openLinked);
  window.addEventListener('beforeprint', function () {
    closed = answers.filter(function (answer) { return !answer.open; });
    closed.forEach(function (answer) { answer.open = true; });
  });
  window.addEventListener('afterprint', function () {
    closed.forEach(function (answer) { answer.open = false; });
  });
  openLinked();
})();
