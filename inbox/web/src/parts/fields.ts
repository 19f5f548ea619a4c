/**
 * The parts of a value as fields for `v-model.lazy`. Reading a field reads the value of now; writing one gives a changed
 * copy to `change`. Unlike `:value` with `@change`, `v-model.lazy` leaves alone what somebody is typing while the page is
 * drawn again, which live pages do at any moment.
 */
export function fieldsOf<Value extends object>(now: () => Value, change: (next: Value) => void): Value {
  return new Proxy({} as Value, {
    get: (_, name) => Reflect.get(now(), name),
    set(_, name, value) {
      change({ ...now(), [name]: value });
      return true;
    },
  });
}

/** The fields of a form that are other than they were before; a list counts as a whole. */
export const changed = <Form extends object>(before: Form, now: Form): Partial<Form> =>
  Object.fromEntries(Object.entries(now).filter(([field, value]) => JSON.stringify(value) !== JSON.stringify(before[field as keyof Form]))) as Partial<Form>;
