/** Bytes of a key, in the form in which Baileys writes them. */
const bytes = { type: "Buffer", data: "c2VjcmV0IGJ5dGVz" };

/** Answers to holders of a lease, by the names of their schemas. */
export const authStateExamples: Readonly<Record<string, unknown>> = {
  RemoteRead: {
    creds: { me: { id: "34600000000:1@s.whatsapp.net" }, noiseKey: { private: bytes, public: bytes } },
    keys: { "pre-key": { "7": { private: bytes, public: bytes } } },
    revision: 41,
  },
  CommittedBatch: { revision: 42 },
};
