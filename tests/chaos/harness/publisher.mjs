import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { connect } from 'amqplib';

const queue = 'tasksbus.schedule-task';

/**
 * Publishes tasks as any other service may: plain JSON on the queue for commands. What the broker did not confirm, or had no queue for,
 * is published again with the same message id.
 */
export class Publisher {
  #address;
  #channel;
  #waiting = new Set();
  #ended = false;
  #loop;

  constructor(address) {
    this.#address = address;
    this.#loop = this.#stayConnected();
  }

  /** Completes when the broker has confirmed the message. */
  publish(task) {
    return new Promise(confirmed => {
      const message = { id: randomUUID(), body: Buffer.from(JSON.stringify(task)), confirmed };
      this.#waiting.add(message);
      this.#send(message);
    });
  }

  get unconfirmed() {
    return this.#waiting.size;
  }

  async end() {
    this.#ended = true;
    await this.#loop;
  }

  #send(message) {
    const channel = this.#channel;
    if (channel === undefined || message.channel === channel) return;
    message.channel = channel;
    try {
      const properties = { contentType: 'application/json', messageId: message.id, persistent: true, mandatory: true };
      channel.publish('', queue, message.body, properties, error => {
        // The broker confirms also what it hands back.
        if (error || message.isReturned) [message.channel, message.isReturned] = [undefined, false];
        else if (this.#waiting.delete(message)) message.confirmed();
      });
    } catch {
      // The channel was closed under us: it is sent when there is another.
    }
  }

  async #stayConnected() {
    while (!this.#ended) {
      let connection;
      try {
        connection = await connect(this.#address, { timeout: 5_000 });
        let isClosed = false;
        connection.on('error', () => {}).once('close', () => isClosed = true);
        const channel = await connection.createConfirmChannel();
        channel.on('error', () => {}).on('return', ({ properties }) => {
          for (const message of this.#waiting) if (message.id === properties.messageId) message.isReturned = true;
        });
        this.#channel = channel;
        while (!this.#ended && !isClosed) {
          for (const message of this.#waiting) this.#send(message);
          await setTimeout(200);
        }
      } catch {
        // The broker is away.
      }
      this.#channel = undefined;
      try {
        await connection?.close();
      } catch {
        // It is closed already.
      }
      if (!this.#ended) await setTimeout(200);
    }
  }
}
