// poll: anyone suggests, votes once for each, and sees the bars in order; this browser alone keeps the votes.
(function () {
  'use strict';

  var language = document.documentElement.lang;

  document.querySelectorAll('[data-poll]').forEach(function (section) {
    var key = 'poll:' + document.body.dataset.site + ':' + section.id;
    var list = section.querySelector('[data-results]');
    var template = section.querySelector('[data-choice-template]');
    var empty = section.querySelector('[data-empty]');
    var said = section.querySelector('[data-said]');
    var form = section.querySelector('[data-suggest]');
    var given = Array.from(list.children).map(function (item) { return item.dataset.choice; });
    var choices = merge(read());

    function read() {
      try {
        var saved = JSON.parse(window.localStorage.getItem(key) || '[]');
        return Array.isArray(saved) ? saved.filter(isChoice) : [];
      } catch (error) {
        return [];
      }
    }
    function isChoice(choice) {
      return choice && typeof choice.name === 'string' && typeof choice.reason === 'string' && choice.votes >= 0;
    }
    function write() {
      try { window.localStorage.setItem(key, JSON.stringify(choices)); } catch (error) { /* memory has it */ }
    }
    function same(a, b) {
      return a.localeCompare(b, language, { sensitivity: 'base' }) === 0;
    }
    function merge(saved) {
      var fresh = given.filter(function (name) {
        return !saved.some(function (choice) { return same(choice.name, name); });
      });
      return saved.concat(fresh.map(function (name) { return { name: name, reason: '', votes: 0, mine: false }; }));
    }

    function show(focused) {
      var most = Math.max.apply(null, choices.map(function (choice) { return choice.votes; }).concat(1));
      choices.sort(function (a, b) { return b.votes - a.votes; });
      list.replaceChildren.apply(list, choices.map(function (choice) { return row(choice, most); }));
      empty.hidden = choices.length > 0;
      var at = choices.indexOf(focused);
      if (at >= 0) list.children[at].querySelector('.choice__vote').focus();
    }
    function row(choice, most) {
      var made = template.content.firstElementChild.cloneNode(true);
      var button = made.querySelector('.choice__vote');
      made.querySelector('.choice__name').textContent = choice.name;
      made.querySelector('.choice__reason').textContent = choice.reason;
      made.querySelector('.choice__votes').textContent = choice.votes;
      made.querySelector('.choice__fill').style.inlineSize = 100 * choice.votes / most + '%';
      button.setAttribute('aria-pressed', String(Boolean(choice.mine)));
      button.setAttribute('aria-label', button.textContent.trim() + ': ' + choice.name);
      button.addEventListener('click', function () {
        choice.mine = !choice.mine;
        choice.votes += choice.mine ? 1 : -1;
        write();
        show(choice);
        said.textContent = said.dataset.said.replace('{name}', choice.name).replace('{n}', choice.votes);
      });
      return made;
    }

    if (form) {
      form.noValidate = true;
      form.addEventListener('submit', function (event) {
        event.preventDefault();
        var fields = form.querySelectorAll('input');
        var name = fields[0].value.trim();
        var known = choices.some(function (choice) { return same(choice.name, name); });
        var fault = !name ? form.dataset.required : known ? form.dataset.twice : '';
        tell(fields[0], fault);
        if (fault) return fields[0].focus();
        var choice = { name: name, reason: fields[1].value.trim(), votes: 1, mine: true };
        choices.push(choice);
        write();
        form.reset();
        show(choice);
      });
    }
    function tell(field, fault) {
      var id = field.id + '-fault';
      var note = document.getElementById(id);
      if (note) note.remove();
      field.toggleAttribute('aria-invalid', false);
      field.removeAttribute('aria-describedby');
      if (!fault) return;
      note = document.createElement('p');
      note.className = 'field__fault';
      note.id = id;
      note.textContent = fault;
      field.after(note);
      field.setAttribute('aria-invalid', 'true');
      field.setAttribute('aria-describedby', id);
    }

    show();
  });
})();
