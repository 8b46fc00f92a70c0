/* Improves the pages, never needed: what is marked with data-live is renewed
   while something is running in it, and typing a date chooses the period that
   it belongs to. Remembers nothing. ES5, for the oldest browsers we support. */
(function () {
  'use strict';

  var OFTEN = 4000;
  var SELDOM = 30000;
  /* Looking on must not keep a session alive that nobody uses any more. */
  var PATIENCE = 10 * 60 * 1000;
  var touched = 0;

  function touch() { touched = 0; }

  function renew(part) {
    var waited = 0;
    var every = OFTEN;

    function again() { window.setTimeout(look, every); }

    function look() {
      touched += every;
      if (touched > PATIENCE * parts.length || document.hidden) { every = SELDOM; again(); return; }
      var ask = new XMLHttpRequest();
      ask.open('GET', part.getAttribute('data-live'));
      ask.timeout = 20000;
      ask.onload = function () {
        /* Anything else is a sign-in page or a failure: leave what is there. */
        if (ask.status !== 200 || ask.getResponseHeader('X-Archiver-Part') !== '1') {
          waited += 1;
          every = SELDOM;
          if (waited < 10) { again(); }
          return;
        }
        waited = 0;
        if (!part.contains(document.activeElement)) { part.innerHTML = ask.responseText; }
        every = part.querySelector('[data-running]') ? OFTEN : SELDOM;
        again();
      };
      ask.onerror = ask.ontimeout = function () {
        waited += 1;
        every = SELDOM;
        if (waited < 10) { again(); }
      };
      ask.send();
    }

    every = part.querySelector('[data-running]') ? OFTEN : SELDOM;
    again();
  }

  var parts = document.querySelectorAll('[data-live]');
  var i;
  for (i = 0; i < parts.length; i += 1) { renew(parts[i]); }
  document.addEventListener('keydown', touch);
  document.addEventListener('mousemove', touch);
  document.addEventListener('touchstart', touch);

  function chooses(field) {
    var choice = document.getElementById(field.getAttribute('data-chooses'));
    field.addEventListener('input', function () { choice.checked = true; });
  }

  var fields = document.querySelectorAll('[data-chooses]');
  for (i = 0; i < fields.length; i += 1) { chooses(fields[i]); }
}());
