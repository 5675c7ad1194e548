"""Where and when the survey looks: fields, camera, visits, sky map, conditions."""
