// Undo and redo: since the lab's state is an address, its past is a list of addresses.
const MOST = 200;

export class History {
  constructor() {
    this.addresses = [];
    this.at = -1;
  }

  /** The lab rests at `address`; what was undone before is forgotten with the first new state. */
  note(address) {
    if (address === this.addresses[this.at]) return;
    this.addresses.splice(this.at + 1, Infinity, address);
    if (this.addresses.length > MOST) this.addresses.shift();
    this.at = this.addresses.length - 1;
  }

  get back() {
    return this.at > 0;
  }

  get forth() {
    return this.at < this.addresses.length - 1;
  }

  /** The address `turn` states away, or null. */
  go(turn) {
    const at = this.at + turn;
    if (at < 0 || at >= this.addresses.length) return null;
    this.at = at;
    return this.addresses[at];
  }
}
