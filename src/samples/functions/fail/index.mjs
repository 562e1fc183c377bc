export const handler = async event => {
  throw new Error(event.data?.message ?? 'This function always fails');
};
