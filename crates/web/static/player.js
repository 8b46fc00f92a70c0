/* Beside the browser's own player: ten seconds back and on, speed, keys. Never
   needed: without script the player plays and seeks. ES5, for the oldest
   browsers we support. */
(function () {
  'use strict';

  function plays(tools) {
    var sound = document.getElementById(tools.getAttribute('data-player'));
    var speed = tools.querySelector('[data-speed]');
    var buttons = tools.querySelectorAll('[data-skip]');
    var n;
    if (!sound || typeof sound.play !== 'function') { return; }

    function skip(seconds) {
      var to = sound.currentTime + seconds;
      if (isFinite(sound.duration)) { to = Math.min(to, sound.duration); }
      sound.currentTime = Math.max(0, to);
    }

    function skips(button) {
      button.addEventListener('click', function () { skip(Number(button.getAttribute('data-skip'))); });
    }

    for (n = 0; n < buttons.length; n += 1) { skips(buttons[n]); }
    speed.addEventListener('change', function () { sound.playbackRate = Number(speed.value); });
    document.addEventListener('keydown', function (event) {
      var key = event.key || '';
      var on = event.target.nodeName;
      if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) { return; }
      /* What has the keys already keeps them: fields, buttons, links, the player. */
      if (/^(A|AUDIO|BUTTON|INPUT|SELECT|SUMMARY|TEXTAREA)$/.test(on)) { return; }
      if (key === ' ' || key === 'Spacebar') {
        if (sound.paused) { sound.play(); } else { sound.pause(); }
      } else if (key === 'ArrowLeft' || key === 'Left') {
        skip(-10);
      } else if (key === 'ArrowRight' || key === 'Right') {
        skip(10);
      } else {
        return;
      }
      event.preventDefault();
    });
    tools.removeAttribute('hidden');
  }

  var players = document.querySelectorAll('[data-player]');
  var i;
  for (i = 0; i < players.length; i += 1) { plays(players[i]); }
}());
