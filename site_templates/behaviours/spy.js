// spy: marks the link of the section that is being read.
(function () {
  'use strict';

  var links = new Map();
  document.querySelectorAll('[data-spy] a[href^="#"]').forEach(function (link) {
    var section = document.getElementById(link.hash.slice(1));
    if (section) links.set(section, link);
  });
  if (!links.size || !('IntersectionObserver' in window)) return;

  var observer = new IntersectionObserver(function (entries) {
    entries.forEach(function (entry) {
      var link = links.get(entry.target);
      if (entry.isIntersecting) link.setAttribute('aria-current', 'location');
      else link.removeAttribute('aria-current');
    });
  }, { rootMargin: '-45% 0px -50% 0px' });
  links.forEach(function (link, section) { observer.observe(section); });
})();
