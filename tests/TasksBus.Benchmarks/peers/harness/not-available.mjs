/** Something that a peer needs is missing on this machine: a reason to leave it out, not a failure. */
export class NotAvailable extends Error {}
