// cart: what was chosen, how many, what it comes to; kept in the browser where it may be, else in memory.
(function () {
  'use strict';

  var key = 'cart:' + document.body.dataset.site;
  var language = document.documentElement.lang;
  var carts = Array.from(document.querySelectorAll('[data-cart]'));
  var lines = read().map(renew);

  function read() {
    try {
      var saved = JSON.parse(window.localStorage.getItem(key) || '[]');
      return Array.isArray(saved) ? saved.filter(isLine) : [];
    } catch (error) {
      return [];
    }
  }
  function isLine(line) {
    return line && typeof line.id === 'string' && typeof line.name === 'string' && typeof line.money === 'string' &&
      line.amount >= 0 && Number.isInteger(line.quantity) && line.quantity > 0;
  }
  function write() {
    try { window.localStorage.setItem(key, JSON.stringify(lines)); } catch (error) { /* memory has it */ }
  }
  // What was put aside yesterday costs what the page says today.
  function renew(line) {
    var item = document.querySelector('[data-items] [data-item="' + window.CSS.escape(line.id) + '"][data-amount]');
    return item ? Object.assign(lineOf(item), { quantity: line.quantity }) : line;
  }
  function lineOf(item) {
    return {
      id: item.dataset.item,
      name: item.dataset.name,
      money: item.dataset.money,
      amount: Number(item.dataset.amount),
      quantity: 1
    };
  }

  // A sum is written as the prices are: `like` is "{n} €", the customer's own sign on the customer's own side.
  function money(amount, like) {
    var cents = Math.round(amount * 100);
    var digits = { minimumFractionDigits: cents % 100 ? 2 : 0, maximumFractionDigits: 2 };
    return like.replace('{n}', (cents / 100).toLocaleString(language, digits));
  }
  function total() {
    return lines.reduce(function (sum, line) { return sum + line.amount * line.quantity; }, 0);
  }

  function change(id, by) {
    lines = lines.map(function (line) {
      return line.id === id ? Object.assign({}, line, { quantity: line.quantity + by }) : line;
    }).filter(function (line) { return line.quantity > 0; });
    write();
    show();
  }
  function add(item) {
    var known = lines.find(function (line) { return line.id === item.dataset.item; });
    if (known) return change(known.id, 1);
    lines = lines.concat(lineOf(item));
    write();
    show();
  }

  function element(tag, className, text) {
    var made = document.createElement(tag);
    made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }
  function button(className, text, label, id, by, cart) {
    var made = element('button', className, text);
    made.type = 'button';
    made.dataset.step = id + ':' + by;
    made.setAttribute('aria-label', label);
    made.addEventListener('click', function () {
      change(id, by);
      // The rows were drawn anew: the focus goes to the same button, or to what the cart still offers.
      var buttons = Array.from(cart.querySelectorAll('button, a'));
      var again = buttons.find(function (other) { return other.dataset.step === made.dataset.step; });
      (again || buttons[0] || cart).focus();
    });
    return made;
  }
  function row(line, cart) {
    var made = element('li', 'cart__line');
    var quantity = element('div', 'cart__quantity');
    quantity.setAttribute('role', 'group');
    quantity.setAttribute('aria-label', cart.dataset.quantity + ': ' + line.name);
    quantity.append(
      button('', '−', '−1: ' + line.name, line.id, -1, cart),
      element('output', '', String(line.quantity)),
      button('', '+', '+1: ' + line.name, line.id, 1, cart)
    );
    made.append(
      element('span', 'cart__name', line.name),
      element('span', 'cart__sum price', money(line.amount * line.quantity, line.money)),
      quantity,
      button('cart__remove', cart.dataset.remove, cart.dataset.remove + ': ' + line.name, line.id, -line.quantity, cart)
    );
    return made;
  }

  function show() {
    var number = lines.reduce(function (sum, line) { return sum + line.quantity; }, 0);
    carts.forEach(function (cart) {
      cart.hidden = cart.classList.contains('cart--slim') && !number;
      cart.querySelector('[data-cart-list]').replaceChildren.apply(
        cart.querySelector('[data-cart-list]'),
        lines.map(function (line) { return row(line, cart); })
      );
      cart.querySelector('[data-cart-empty]').hidden = number > 0;
      cart.querySelector('[data-cart-total]').hidden = !number;
      if (number) cart.querySelector('[data-cart-sum]').textContent = money(total(), lines[0].money);
    });
    document.querySelectorAll('[data-cart-link]').forEach(function (link) {
      link.hidden = false;
      link.querySelector('[data-cart-count]').textContent = number;
    });
  }

  document.querySelectorAll('[data-add]').forEach(function (add) { add.hidden = false; });
  document.addEventListener('click', function (event) {
    var pressed = event.target.closest('[data-add]');
    if (!pressed) return;
    var item = pressed.closest('[data-item]');
    var cart = carts[0];
    add(item);
    if (cart) {
      cart.querySelector('[data-cart-said]').textContent = cart.dataset.added.replace('{name}', item.dataset.name);
    }
    pressed.classList.add('is-done');
    window.setTimeout(function () { pressed.classList.remove('is-done'); }, 600);
  });

  document.addEventListener('order', function (event) {
    if (!event.target.matches('[data-checkout]')) return;
    if (!lines.length) {
      event.preventDefault();
      var faults = event.target.querySelector('[data-faults-shown]');
      faults.hidden = false;
      faults.textContent = (carts[0] && carts[0].dataset.empty) || '';
      return;
    }
    event.detail.rows.push.apply(event.detail.rows, lines.map(function (line) {
      return [line.quantity + ' × ' + line.name, money(line.amount * line.quantity, line.money)];
    }));
    event.detail.rows.push([carts[0] ? carts[0].dataset.total : '', money(total(), lines[0].money)]);
  });

  // Two windows of one shop have one cart.
  window.addEventListener('storage', function (event) {
    if (event.key !== key) return;
    lines = read().map(renew);
    show();
  });

  show();
})();
