// Draws the newest picture only: while one is being decoded, later ones replace each other in a single slot.
export class Picture {
  constructor(canvas, onFirst) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d", { alpha: false });
    this.onFirst = onFirst;
    this.waiting = null;
    this.busy = false;
    this.drawn = 0;
  }

  show(blob) {
    this.waiting = blob;
    if (!this.busy) this.#draw();
  }

  drop() {
    this.waiting = null;
  }

  async #draw() {
    this.busy = true;
    while (this.waiting) {
      const blob = this.waiting;
      this.waiting = null;
      try {
        const bitmap = await createImageBitmap(blob);
        if (this.canvas.width !== bitmap.width || this.canvas.height !== bitmap.height) {
          this.canvas.width = bitmap.width;
          this.canvas.height = bitmap.height;
        }
        this.context.drawImage(bitmap, 0, 0);
        bitmap.close();
        this.drawn += 1;
        if (this.drawn === 1) this.onFirst();
        await new Promise(requestAnimationFrame);
      } catch {
        // A picture that cannot be read is skipped; the next one replaces it.
      }
    }
    this.busy = false;
  }
}
