"use strict";
// Makes the form quicker to fill in: examples, a voice recorder, files by drag and drop, an upload with its progress.
// Without it the form is sent by the browser itself.
(() => {
  const form = document.getElementById("request");
  const words = JSON.parse(form.dataset.words);
  const largest = Number(form.dataset.largest);
  const part = (name) => form.querySelector(`[data-${name}]`);
  const description = form.elements.description;
  const DRAFT = "request";
  let recording = null; // a File once something was recorded
  let files = [];

  const fault = (text, about = "") => {
    for (const place of form.querySelectorAll("[data-fault]")) {
      const here = place.dataset.fault === about && text;
      place.textContent = here ? text : "";
      place.hidden = !here;
      const input = form.elements[place.dataset.fault];
      if (input) input.ariaInvalid = here ? "true" : null;
      if (here) place.scrollIntoView({ block: "center" });
    }
  };

  // -- what was typed stays over a reload ---------------------------------------------------------------------

  const store = (action) => {
    try {
      return action(window.sessionStorage);
    } catch {
      return null; // storage is switched off
    }
  };
  if (!description.value) description.value = store((kept) => kept.getItem(DRAFT)) || "";
  description.addEventListener("input", () => store((kept) => kept.setItem(DRAFT, description.value)));

  // -- examples -------------------------------------------------------------------------------------------------

  part("samples").hidden = false;
  for (const chip of form.querySelectorAll("[data-sample]")) {
    chip.addEventListener("click", () => {
      description.value = chip.dataset.sample;
      description.dispatchEvent(new Event("input"));
      description.focus();
    });
  }

  // -- files ------------------------------------------------------------------------------------------------------

  const size = (bytes) => (bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`);
  const list = () => {
    part("chosen").replaceChildren(
      ...files.map((file, n) => {
        const line = document.createElement("li");
        const name = document.createElement("span");
        const about = document.createElement("small");
        const remove = document.createElement("button");
        name.textContent = file.name;
        about.textContent = file.size > largest ? words.large : size(file.size);
        about.classList.toggle("is-large", file.size > largest);
        remove.type = "button";
        remove.className = "chip";
        remove.textContent = words.remove;
        remove.setAttribute("aria-label", `${words.remove}: ${file.name}`);
        remove.addEventListener("click", () => {
          files.splice(n, 1);
          list();
          form.elements.files.focus();
        });
        line.append(name, about, remove);
        return line;
      }),
    );
  };
  const add = (more) => {
    files.push(...more);
    list();
  };
  form.elements.files.addEventListener("change", () => {
    add(form.elements.files.files);
    form.elements.files.value = "";
  });
  const drop = part("drop");
  for (const name of ["dragenter", "dragover", "dragleave", "drop"]) {
    drop.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.toggle("is-over", name === "dragenter" || name === "dragover");
    });
  }
  drop.addEventListener("drop", (event) => add(event.dataTransfer.files));

  // -- the recorder -----------------------------------------------------------------------------------------------

  const recorder = part("recorder");
  const [record, label, level, clock, playback, discard] = ["record", "record-label", "level", "clock", "playback", "discard"].map(part);
  let running = null;

  const keep = (file) => {
    recording = file;
    playback.hidden = discard.hidden = !file;
    if (playback.src) URL.revokeObjectURL(playback.src);
    if (file) playback.src = URL.createObjectURL(file);
    else playback.removeAttribute("src");
    label.textContent = file ? words.again : words.record;
    if (!file) clock.textContent = "0:00";
  };

  const listen = (stream) => {
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    context.createMediaStreamSource(stream).connect(analyser);
    const wave = new Float32Array(analyser.fftSize);
    const begun = Date.now();
    const timer = window.setInterval(() => {
      analyser.getFloatTimeDomainData(wave);
      level.value = Math.min(1, 3 * Math.sqrt(wave.reduce((sum, each) => sum + each * each, 0) / wave.length));
      const seconds = Math.floor((Date.now() - begun) / 1000);
      clock.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    }, 100);
    return () => {
      window.clearInterval(timer);
      level.value = 0;
      context.close();
      for (const track of stream.getTracks()) track.stop();
    };
  };

  const start = async () => {
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    } catch {
      fault(words.denied, "voice");
      return;
    }
    fault("");
    const pieces = [];
    const media = new MediaRecorder(stream);
    const stop = listen(stream);
    media.addEventListener("dataavailable", (event) => pieces.push(event.data));
    media.addEventListener("stop", () => {
      stop();
      running = null;
      recorder.classList.remove("is-recording");
      const kind = media.mimeType || "audio/webm";
      keep(new File(pieces, kind.includes("mp4") ? "voice.m4a" : kind.includes("ogg") ? "voice.ogg" : "voice.webm", { type: kind }));
    });
    media.start(1000);
    running = media;
    recorder.classList.add("is-recording");
    label.textContent = words.stop;
  };

  if (navigator.mediaDevices && window.MediaRecorder) {
    recorder.hidden = false;
    record.addEventListener("click", () => (running ? running.stop() : start()));
    discard.addEventListener("click", () => {
      keep(null);
      record.focus();
    });
  }

  // -- sending ------------------------------------------------------------------------------------------------------

  const stopped = () =>
    new Promise((done) => {
      if (!running) return done();
      running.addEventListener("stop", () => done());
      running.stop();
    });

  const body = () => {
    const data = new FormData(form);
    data.delete("files");
    if (!data.get("voice") || !data.get("voice").size) data.delete("voice");
    if (recording) data.append("voice", recording);
    for (const file of files) data.append("files", file);
    return data;
  };

  const busy = (on) => {
    part("send").disabled = on;
    part("upload").hidden = !on;
    part("sending").textContent = on ? `${words.sending} …` : "";
  };

  const ended = (request) => {
    let answer = {};
    try {
      answer = JSON.parse(request.responseText);
    } catch {
      // an answer of a proxy's
    }
    if (request.status === 200 && answer.address) {
      part("sending").textContent = words.sent;
      store((kept) => kept.removeItem(DRAFT));
      window.location.assign(answer.address);
      return;
    }
    busy(false);
    fault(answer.detail || words.failed, answer.field);
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (part("send").disabled) return;
    busy(true); // at once: a second click must find it so
    await stopped();
    fault("");
    if (!description.value.trim() && !recording && !files.length && !form.elements.voice.files.length) {
      busy(false);
      fault(words.empty, "description");
      description.focus();
      return;
    }
    const large = files.find((file) => file.size > largest);
    if (large) {
      busy(false);
      fault(`${large.name}: ${words.large}`, "files");
      return;
    }
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "application/json");
    request.upload.addEventListener("progress", (told) => {
      if (told.lengthComputable) part("upload").value = told.loaded / told.total;
    });
    request.addEventListener("load", () => ended(request));
    request.addEventListener("error", () => {
      busy(false);
      fault(words.offline);
    });
    request.send(body());
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) busy(false);
  });
})();
