// The event is the whole task; what its author sent along is event.data.
export const handler = async event => {
  const name = event.data?.name ?? 'world';
  console.log(`Greeting ${name}`);
  return { message: `Hello, ${name}!` };
};
