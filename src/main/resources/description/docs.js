'use strict';

SwaggerUIBundle({
  url: '../openapi.yaml',
  dom_id: '#description',
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  validatorUrl: 'none', // The default is a public validator, which cannot reach this service.
});
