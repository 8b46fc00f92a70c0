import { journey } from "./journey_steps.mjs";

journey("without_script");
