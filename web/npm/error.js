/** @type {typeof import("./index.js").N2NError} */
export const N2NError = class extends Error {
  /** @type {"N2NError"} */
  name = "N2NError";
  /**
   * @param {import("./index.js").ErrorCode} code
   * @param {string} message
   * @param {{ cause?: unknown }} [options]
   */
  constructor(code, message, options) {
    super(message, options);
    this.code = code;
  }
};

/** @param {string} message */
export const invalid = (message) => new N2NError("invalid", message);
