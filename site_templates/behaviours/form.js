// form: says what is missing beside the field, and answers honestly: a prototype sends nothing.
(function () {
  'use strict';

  document.querySelectorAll('[data-form], [data-checkout]').forEach(function (form) {
    var answer = document.getElementById(form.getAttribute('action').slice(1));
    var faults = form.querySelector('[data-faults-shown]');
    var controls = Array.from(form.querySelectorAll('input, select, textarea'));
    if (!answer) return;
    form.noValidate = true;

    function message(control) {
      var state = control.validity;
      var blank = control.required && typeof control.value === 'string' && !control.value.trim();
      if (state.valueMissing || blank) return form.dataset.required;
      if (control.type === 'email' && control.value && !/^\S+@[^\s@]+\.[^\s@.]{2,}$/.test(control.value.trim())) {
        return form.dataset.email;
      }
      return state.valid ? '' : form.dataset.invalid;
    }

    function check(control) {
      var text = message(control);
      var id = control.id + '-fault';
      var note = document.getElementById(id);
      if (text && !note) {
        note = document.createElement('p');
        note.className = 'field__fault';
        note.id = id;
        control.closest('[data-field]').append(note);
      }
      if (text) {
        note.textContent = text;
        control.setAttribute('aria-invalid', 'true');
        control.setAttribute('aria-describedby', id);
      } else if (note) {
        note.remove();
        control.removeAttribute('aria-invalid');
        control.removeAttribute('aria-describedby');
      }
      return !text;
    }

    // Amounts of nothing are no order: the first of them is where to begin.
    function nothingOrdered() {
      var amounts = Array.from(form.querySelectorAll('.amount input'));
      return amounts.some(function (amount) { return Number(amount.value) > 0; }) ? undefined : amounts[0];
    }

    function entries() {
      return controls.filter(function (control) {
        if (control.closest('.amount')) return Number(control.value) > 0;
        return control.type === 'checkbox' ? control.checked : control.value.trim();
      }).map(function (control) {
        var label = form.querySelector('label[for="' + control.id + '"]').firstChild;
        var name = control.type === 'checkbox' ? control.nextElementSibling.textContent : label.textContent.trim();
        var value = control.type === 'checkbox' ? '✓' : control.value.trim();
        if (control.type === 'date') {
          value = new Date(value + 'T12:00').toLocaleDateString(document.documentElement.lang, { dateStyle: 'long' });
        }
        return [name, value];
      });
    }

    function summarise(rows) {
      var list = answer.querySelector('[data-summary]');
      list.replaceChildren();
      rows.forEach(function (row) {
        var term = document.createElement('dt');
        var text = document.createElement('dd');
        term.textContent = row[0];
        text.textContent = row[1];
        list.append(term, text);
      });
      list.hidden = !rows.length;
    }

    function offerMail(rows) {
      var mail = answer.querySelector('[data-mail]');
      if (!mail) return;
      var body = rows.map(function (row) { return row[0] + ': ' + row[1]; }).join('\r\n');
      mail.href = 'mailto:' + form.dataset.recipient + '?subject=' + encodeURIComponent(form.dataset.subject) +
        '&body=' + encodeURIComponent(body);
      mail.hidden = false;
    }

    controls.forEach(function (control) {
      // While typing, not on leaving: a fault that goes as the button is pressed would move the button away.
      control.addEventListener('input', function () {
        if (control.hasAttribute('aria-invalid')) check(control);
        if (!form.querySelector('[aria-invalid="true"]')) faults.hidden = true;
      });
      if (control.type === 'date') control.min = new Date().toLocaleDateString('sv');
    });

    form.addEventListener('submit', function (event) {
      event.preventDefault();
      var wrong = controls.filter(function (control) { return !check(control); });
      faults.hidden = !wrong.length;
      faults.textContent = wrong.length ? form.dataset.faults : '';
      answer.classList.remove('is-shown');
      if (wrong.length) {
        wrong[0].focus();
        return;
      }
      var missing = nothingOrdered();
      if (missing) {
        faults.hidden = false;
        faults.textContent = form.dataset.nothing;
        missing.focus();
        return;
      }
      // The cart may have a last word: an empty one is no order.
      var order = { rows: entries() };
      if (!form.dispatchEvent(new CustomEvent('order', { bubbles: true, cancelable: true, detail: order }))) return;
      summarise(order.rows);
      offerMail(order.rows);
      answer.classList.add('is-shown');
      answer.focus();
    });
  });
})();
