declare module "benz-amr-recorder/src/amrnb" {
  const answer: () => void;
  export default answer;
}
