/** The living circle: one look tells who is talking and what the box is doing. */

/**
 * What the circle shows.
 * @typedef {"idle"|"connecting"|"listening"|"hearing"|"thinking"|"speaking"|"muted"|"offline"} Mode
 */

/** How the ten states of a conversation look. @type {Record<string, Mode>} */
export const modes = {
  idle: "idle",
  connecting: "connecting",
  listening: "listening",
  hearing: "hearing",
  waiting: "hearing",
  yielding: "hearing",
  weighing: "hearing",
  thinking: "thinking",
  stalling: "thinking",
  speaking: "speaking",
  asking: "speaking",
  apologising: "speaking",
  muted: "muted",
  offline: "offline",
  ended: "idle",
};

const turn = 2 * Math.PI;
const points = 120;
/** Share of the way to a new level that is gone in one frame: fast up, slowly down, like a needle. */
const rise = 0.6;
const fall = 0.2;
/** Between two frames, ms: smooth enough, and half the work of every frame that a screen can show. */
const frame_ms = 30;
/** The same for whoever wants less motion. */
const calm_ms = 250;
/** What does not move is not drawn again. */
const still = ["idle", "muted"];

/** Draws on one canvas. Owns the smoothed levels. */
export class Orb {
  /** @type {Mode} */
  mode = "idle";
  #canvas;
  #pen;
  #levels;
  #you = 0;
  #box = 0;
  #colours = {};
  #calm = matchMedia("(prefers-reduced-motion: reduce)");
  #drawn_at = 0;
  #drawn = "";

  /** @param {HTMLCanvasElement} canvas @param {() => {you: number, box: number}} levels loudness, 0 to 1 */
  constructor(canvas, levels) {
    this.#canvas = canvas;
    this.#pen = canvas.getContext("2d");
    this.#levels = levels;
    new ResizeObserver(() => this.#fit()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#fit());
    this.#fit();
    requestAnimationFrame((now) => this.#frame(now));
  }

  #fit() {
    const density = Math.min(devicePixelRatio, 2);
    this.#canvas.width = this.#canvas.clientWidth * density;
    this.#canvas.height = this.#canvas.clientHeight * density;
    const style = getComputedStyle(this.#canvas);
    for (const name of ["you", "box", "quiet", "faint"]) this.#colours[name] = style.getPropertyValue(`--${name}`);
    this.#drawn = "";
  }

  #frame(now) {
    requestAnimationFrame((next) => this.#frame(next));
    if (now - this.#drawn_at < (this.#calm.matches ? calm_ms : frame_ms)) return;
    if (this.#drawn === this.mode && still.includes(this.mode)) return;
    this.#drawn_at = now;
    this.#drawn = this.mode;
    const { you, box } = this.#levels();
    this.#you += (you - this.#you) * (you > this.#you ? rise : fall);
    this.#box += (box - this.#box) * (box > this.#box ? rise : fall);
    this.#draw(this.#calm.matches ? 0 : now / 1000);
  }

  /** @param {number} time s; it stands still where motion is not wanted */
  #draw(time) {
    const { width, height } = this.#canvas;
    const radius = Math.min(width, height) * 0.33;
    this.#pen.clearRect(0, 0, width, height);
    this.#pen.save();
    this.#pen.translate(width / 2, height / 2);
    this.#pen.lineWidth = Math.max(2, radius * 0.035);
    this.#pen.lineCap = "round";
    (this.#painters[this.mode] ?? this.#painters.idle)(radius, time);
    this.#pen.restore();
  }

  #painters = {
    idle: (radius) => {
      this.#disc(radius * 0.62, this.#colours.box, 0.9);
      this.#ring(radius, this.#colours.faint);
    },
    connecting: (radius, time) => {
      this.#disc(radius * 0.62, this.#colours.quiet, 0.25);
      this.#arc(radius, time * 0.5, 0.3, this.#colours.quiet);
    },
    offline: (radius, time) => {
      this.#disc(radius * 0.62, this.#colours.quiet, 0.15);
      this.#dashes(radius, time * 0.05, this.#colours.quiet);
    },
    listening: (radius, time) => {
      this.#disc(radius * (0.6 + 0.015 * Math.sin(time * 1.2)), this.#colours.box, 0.55);
      this.#wave(radius, this.#you, time, this.#colours.you, 0.75);
    },
    hearing: (radius, time) => {
      this.#disc(radius * 0.52, this.#colours.box, 0.4);
      this.#wave(radius * 1.16, this.#you * 0.7, time * 0.8 + 2, this.#colours.you, 0.35);
      this.#wave(radius, this.#you, time, this.#colours.you, 1);
    },
    thinking: (radius, time) => {
      this.#disc(radius * 0.62, this.#colours.box, 0.55);
      for (const at of [0, 1, 2]) this.#arc(radius, time * 0.35 + at / 3, 0.14, this.#colours.box);
    },
    speaking: (radius, time) => {
      this.#blob(radius * 1.1, this.#box, time * 0.7 + 3, this.#colours.box, 0.22);
      this.#blob(radius * 0.85, this.#box, time, this.#colours.box, 1);
    },
    muted: (radius) => {
      this.#disc(radius * 0.62, this.#colours.quiet, 0.25);
      this.#ring(radius, this.#colours.quiet);
      this.#slash(radius, this.#colours.quiet);
    },
  };

  #disc(radius, colour, strength) {
    this.#pen.beginPath();
    this.#pen.arc(0, 0, radius, 0, turn);
    this.#fill(colour, strength);
  }

  #ring(radius, colour) {
    this.#pen.beginPath();
    this.#pen.arc(0, 0, radius, 0, turn);
    this.#stroke(colour, 1);
  }

  /** @param {number} start @param {number} share both in turns */
  #arc(radius, start, share, colour) {
    this.#pen.beginPath();
    this.#pen.arc(0, 0, radius, start * turn, (start + share) * turn);
    this.#stroke(colour, 1);
  }

  #dashes(radius, start, colour) {
    for (let at = 0; at < 16; at += 1) this.#arc(radius, start + at / 16, 0.03, colour);
  }

  #slash(radius, colour) {
    const end = radius * Math.SQRT1_2;
    this.#pen.beginPath();
    this.#pen.moveTo(-end, end);
    this.#pen.lineTo(end, -end);
    this.#stroke(colour, 1);
  }

  #wave(radius, level, time, colour, strength) {
    this.#outline(radius, level, time);
    this.#stroke(colour, strength);
  }

  #blob(radius, level, time, colour, strength) {
    this.#outline(radius, level, time);
    this.#fill(colour, strength);
  }

  /** A circle that the level widens and bends: three waves around it that wander at paces of their own. */
  #outline(radius, level, time) {
    this.#pen.beginPath();
    for (let at = 0; at <= points; at += 1) {
      const angle = (at / points) * turn;
      const slow = 0.5 * Math.sin(4 * angle + time * 1.1) + 0.35 * Math.sin(7 * angle - time * 1.7);
      const bend = slow + 0.25 * Math.sin(11 * angle + time * 2.3);
      const reach = radius * (1 + level * (0.14 + 0.09 * bend));
      this.#pen.lineTo(reach * Math.cos(angle), reach * Math.sin(angle));
    }
    this.#pen.closePath();
  }

  #stroke(colour, strength) {
    this.#pen.globalAlpha = strength;
    this.#pen.strokeStyle = colour;
    this.#pen.stroke();
  }

  #fill(colour, strength) {
    this.#pen.globalAlpha = strength;
    this.#pen.fillStyle = colour;
    this.#pen.fill();
  }
}
