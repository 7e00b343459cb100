/* What makes the officers' pages quicker. Every act works without it: a script sends nothing by
   itself, and news never touches a form, a tick or the focus. */
(() => {
  "use strict";
  const meta = document.querySelector('meta[name="crm-session"]');
  const officer = meta ? meta.dataset.officer : "";
  const every = (selector, act) => document.querySelectorAll(selector).forEach(act);

  /* Words that are not sent yet lie in this tab's storage, and go with success and sign-out. */
  const done = document.querySelector(".ok[role=status]");
  every("form[data-keep]", (form) => {
    const key = `tulisan:${officer}:${form.dataset.keep}`;
    every(`#${form.id} textarea`, (area) => {
      const kept = sessionStorage.getItem(`${key}:${area.name}`);
      if (kept && !area.value) area.value = kept;
      area.addEventListener("input", () => sessionStorage.setItem(`${key}:${area.name}`, area.value));
    });
  });
  if (done) {
    const id = location.pathname.split("/").pop();
    Object.keys(sessionStorage).filter((key) => key.includes(`:${id}/`)).forEach((key) => sessionStorage.removeItem(key));
  }
  every('form[action$="keluar"]', (form) => form.addEventListener("submit", () => sessionStorage.clear()));

  /* After 15 s of silence the same form may be sent again; its key makes that safe. */
  every("form[data-silence]", (form) => form.addEventListener("submit", () => {
    setTimeout(() => {
      const note = document.createElement("p");
      note.className = "alert";
      note.setAttribute("role", "alert");
      note.textContent = form.dataset.silence;
      form.prepend(note);
      const button = form.querySelector('.acts button[type="submit"]');
      if (button) button.textContent = form.dataset.again;
    }, 15000);
  }));

  /* Whoever types is at work: the session goes on, at most once a minute. */
  let extended = Date.now();
  const extend = () => {
    const marks = document.querySelector('form[action$="keluar"]');
    if (!marks || Date.now() - extended < 60000) return;
    extended = Date.now();
    fetch(marks.action.replace(/keluar$/, "sesi"), { method: "POST", body: new URLSearchParams(new FormData(marks)), redirect: "manual" });
  };
  document.addEventListener("input", extend);
  if (meta) {
    const foot = document.querySelector(".foot .bar");
    const warn = () => {
      if (Date.now() - extended > 60000 && foot && !document.getElementById("extend")) {
        const form = document.querySelector('form[action$="keluar"]').cloneNode(true);
        form.id = "extend";
        form.action = form.action.replace(/keluar$/, "sesi");
        const back = document.createElement("input");
        back.type = "hidden"; back.name = "kembali"; back.value = location.pathname + location.search;
        form.append(back);
        const button = form.querySelector("button");
        button.className = "button"; button.textContent = meta.dataset.extend;
        const bar = document.createElement("div");
        bar.setAttribute("role", "status"); bar.className = "bar page"; bar.append(form);
        document.querySelector("main").prepend(bar);
      }
    };
    const left = new Date(meta.content) - Date.now() - 120000;
    if (left > 0) setTimeout(warn, left);
  }

  /* One stream per browser: the tab that holds the lock listens and tells the others. */
  const news = document.getElementById("news");
  if (news && navigator.locks && "BroadcastChannel" in window) {
    const channel = new BroadcastChannel(`kabar:${officer}`);
    let waiting = 0;
    const show = (kind) => {
      if (kind === "broken") {
        const now = new Date().toLocaleTimeString(document.documentElement.lang === "en" ? "en-GB" : "id-ID", { hour: "2-digit", minute: "2-digit", timeZone: "Asia/Jakarta" });
        news.textContent = news.dataset.broken.replace("{time}", now);
        news.hidden = false;
        return;
      }
      if (kind === "change" && !news.querySelector("a")) return;
      news.hidden = false;
      clearTimeout(waiting);
      waiting = setTimeout(() => htmx.ajax("GET", news.dataset.counts, { target: "#tabs", swap: "innerHTML" }), 1000);
    };
    channel.onmessage = (event) => show(event.data);
    navigator.locks.request(`kabar:${officer}`, () => new Promise((over) => {
      const source = new EventSource(news.dataset.live);
      const tell = (kind) => { show(kind); channel.postMessage(kind); };
      source.addEventListener("change", () => tell("change"));
      source.addEventListener("gone", () => tell("change"));
      source.addEventListener("reset", () => tell("change"));
      source.onerror = () => { if (source.readyState === EventSource.CLOSED) { tell("broken"); over(); } };
      addEventListener("pagehide", () => { source.close(); over(); });
    }));
  }

  /* The kelurahan of a case: its border where the city has given one, else its middle by name. */
  const drawArea = async (map, box, at) => {
    const middle = box.dataset.middle ? box.dataset.middle.split(" ").map(Number) : null;
    let drawn = null;
    if (box.dataset.outline) {
      const answer = await fetch(box.dataset.outline).catch(() => null);
      if (answer && answer.ok) drawn = L.geoJSON(await answer.json(), { interactive: false, style: { fill: false, weight: 2 } });
    }
    if (!drawn && middle) {
      const name = document.createElement("span");
      name.textContent = box.dataset.area;
      drawn = L.featureGroup([L.circleMarker(middle, { radius: 4, dashArray: "2" }).bindTooltip(name, { permanent: true })]);
    }
    if (!drawn) return;
    const bounds = drawn.addTo(map).getBounds();
    map.fitBounds(at ? bounds.extend(at) : bounds, { maxZoom: 16 });
  };

  /* The map comes when it is asked for; without tiles it shows the point and the area. */
  every("[data-map]", (button) => {
    button.hidden = false;
    button.addEventListener("click", () => {
      const box = document.getElementById(button.dataset.map);
      const style = document.createElement("link");
      style.rel = "stylesheet"; style.href = box.dataset.style;
      const script = document.createElement("script");
      script.src = box.dataset.script;
      script.onload = () => {
        box.hidden = false; button.hidden = true;
        const at = box.dataset.latitude ? [Number(box.dataset.latitude), Number(box.dataset.longitude)] : null;
        const map = L.map(box, { attributionControl: Boolean(box.dataset.tiles) }).setView(at || [-6.2, 106.83], at ? 16 : 11);
        if (box.dataset.tiles) L.tileLayer(box.dataset.tiles, { maxZoom: 19 }).addTo(map);
        if (at) L.circleMarker(at, { radius: 10 }).addTo(map);
        drawArea(map, box, at);
      };
      document.head.append(style, script);
    });
  });

  /* Keys: off until switched on in the profile; none acts, none works in a field. */
  if (meta && meta.dataset.keys === "on") {
    const rows = () => [...document.querySelectorAll("#rows .title")];
    const move = (step) => {
      const all = rows();
      const next = all[Math.max(0, Math.min(all.length - 1, all.indexOf(document.activeElement) + step))];
      if (next) next.focus();
    };
    const go = (selector) => { const link = document.querySelector(selector); if (link) location.href = link.href; };
    document.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.altKey || event.metaKey || event.target.matches("input, select, textarea")) return;
      const act = {
        j: () => move(1), k: () => move(-1), n: () => go("#next-page"),
        p: () => document.querySelector("main [rel=prev]") ? go("main [rel=prev]") : history.back(),
        "/": () => go('.rooms a[href$="cari"]'), "?": () => go('a[href$="profil"]'),
        a: () => document.getElementById("acts")?.focus(),
      }[event.key];
      if (act) { event.preventDefault(); act(); }
    });
  }
})();
