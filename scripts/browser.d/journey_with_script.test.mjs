import { journey } from "./journey_steps.mjs";

journey("with_script");
