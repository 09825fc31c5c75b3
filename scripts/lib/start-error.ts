/** The product cannot start. The message is a sentence for the person who starts it and never holds a secret. */
export class StartError extends Error {}
